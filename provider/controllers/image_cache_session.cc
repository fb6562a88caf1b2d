#include "provider/controllers/image_cache_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/backoff.h"
#include "eci_client/disposition.h"
#include "proto/eci/v1/image_cache.pb.h"
#include "proto/kubernetes/image_cache.pb.h"
#include "provider/controllers/image_cache_status.h"
#include "provider/kube/custom_resources.h"

namespace vk::controllers {
namespace {

using base::Error;
using base::ErrorCode;
using base::Status;
using base::TimePoint;
using boost::asio::awaitable;
using kubernetes::ImageCache;
using std::chrono::milliseconds;

constexpr base::ExponentialBackoff kBackoff{.first = milliseconds(1'000),
                                            .cap = milliseconds(60'000)};
// What only a change of account, rights or request mends.
constexpr base::ExponentialBackoff kSlowBackoff{.first = milliseconds(60'000),
                                                .cap = milliseconds(600'000)};
constexpr milliseconds kGather(100);

struct PhaseEvent {
  std::string_view phase;
  kube::EventType type;
  std::string_view reason;
};
constexpr PhaseEvent kPhaseEvents[] = {
    {"Ready", kube::EventType::kNormal, "ImageCacheReady"},
    {"Failed", kube::EventType::kWarning, "ImageCacheFailed"},
    {"UpdateFailed", kube::EventType::kWarning, "ImageCacheFailed"},
    {kPhaseExpired, kube::EventType::kNormal, "ImageCacheExpired"},
    {kPhaseLost, kube::EventType::kWarning, "ImageCacheLost"},
};

bool IsForApiServer(ImageCacheAction action) {
  return action == ImageCacheAction::kTakeOn || action == ImageCacheAction::kForget ||
         action == ImageCacheAction::kLetGo;
}

}  // namespace

ImageCacheSession::ImageCacheSession(ImageCacheSessionOptions options, Parts parts,
                                     base::Random random, boost::asio::any_io_executor executor)
    : options_(std::move(options)),
      parts_(parts),
      random_(random),
      tasks_(executor),
      cloud_(options_.owner, parts_.caches, parts_.clock, options_.call_limit),
      poll_(executor),
      workers_(
          "image cache", options_.max_active,
          [this](std::string key) { return Step(std::move(key)); }, tasks_, parts_.clock, executor),
      known_(parts_.metrics.GetGauge("virtual_node_image_caches",
                                     "Image caches of this cluster in the cloud.")),
      errors_(parts_.metrics.GetCounter("virtual_node_image_cache_errors_total",
                                        "Calls about image caches that failed.")) {}

awaitable<void> ImageCacheSession::Run() {
  workers_.Start();
  tasks_.Spawn("image caches", KeepPolling());
  poll_.Set();
  (void)co_await parts_.term.WaitOver();  // Cancelled or told: the session ends either way.
  stopping_ = true;
  co_await kube::Settle(parts_.clock, parts_.clock.Now() + options_.settle_limit,
                        [this] { return workers_.idle(); });
  tasks_.Cancel();
  co_await tasks_.Join();
  known_.Set(0);
}

void ImageCacheSession::Changed(const std::string& key, const ImageCacheFacts* now) {
  if (now != nullptr) workers_.Poke(key);
  if (!listed_) poll_.Set();
}

awaitable<void> ImageCacheSession::KeepPolling() {
  int failed = 0;
  while (!co_await base::Cancelled()) {
    if (!parts_.objects.synced() || parts_.objects.objects().empty() || !MayAct()) {
      listed_ = listed_ && !parts_.objects.objects().empty();
      (void)co_await poll_.Wait();
      continue;
    }
    const Status polled = co_await cloud_.Read();
    if (!polled && polled.error().code == ErrorCode::kCancelled) co_return;
    list_error_ = polled ? std::string() : polled.error().message;
    if (polled) {
      listed_ = true;
      failed = 0;
      known_.Set(static_cast<double>(cloud_.all().size()));
      NoteUnclaimed();
    } else {
      errors_.Add();
      parts_.log.Warn("cannot list the image caches",
                      {{"error", polled.error().message}, {"code", polled.error().cloud_code}});
    }
    for (const auto& [key, facts] : parts_.objects.objects()) workers_.Poke(key);
    const TimePoint now = parts_.clock.Now();
    if (!polled) {
      (void)co_await parts_.clock.SleepUntil(now + kBackoff.Delay(++failed, random_));
    } else if (co_await poll_.WaitUntil(
                   parts_.clock, now + (IsBusy() ? options_.busy_period : options_.rest_period))) {
      // Many reasons at once are one poll.
      (void)co_await parts_.clock.SleepUntil(parts_.clock.Now() + kGather);
    }
  }
}

// Its finalizer was taken off by hand, or it vanished with a restored API server: nothing proves
// that nobody wants them, so they stay.
void ImageCacheSession::NoteUnclaimed() {
  if (!parts_.objects.complete()) return;
  std::set<std::string> uids;
  for (const auto& [key, facts] : parts_.objects.objects())
    uids.insert(UidOf(ParseImageCache(facts.bytes)));
  for (const auto& [uid, caches] : cloud_.all()) {
    if (uids.contains(uid) || !unclaimed_.insert(uid).second) continue;
    parts_.log.Warn("an image cache of this cluster has no object any more; it stays and costs",
                    {{"id", caches.front().image_cache_id()},
                     {"object", NameOfCache(caches.front())},
                     {"uid", uid}});
  }
}

bool ImageCacheSession::IsBusy() {
  return std::ranges::any_of(parts_.objects.objects(), [this](const auto& entry) {
    const ImageCache object = ParseImageCache(entry.second.bytes);
    const ImageCacheState state = StateOf(object);
    if (state.cloud_phase.empty()) {
      const bool may_exist =
          state.has_id || ((state.being_deleted || !state.noted) && !state.never_made);
      return state.taken_on && may_exist && !state.gone;
    }
    return state.being_deleted ||
           (state.cloud_phase != "Ready" && !state.cloud_phase.ends_with("Failed"));
  });
}

ImageCacheState ImageCacheSession::StateOf(const Object& object) {
  const std::string& uid = UidOf(object);
  const CloudImageCaches::Cache* cache = cloud_.Find(uid, IdOf(object));
  const std::string digest = SpecDigest(object);
  return {.being_deleted = IsBeingDeleted(object),
          .taken_on = IsTakenOn(object),
          .noted = NotedDigest(object) == digest,
          .has_id = !IdOf(object).empty(),
          .cloud_phase = cache == nullptr ? std::string_view() : cache->status(),
          .same_spec = cache != nullptr && DigestOfCache(*cache) == digest,
          .gone = cloud_.IsGone(uid),
          .never_made = never_made_.contains(uid)};
}

// One step for one object; returns when to look again.
awaitable<std::optional<TimePoint>> ImageCacheSession::Step(std::string key) {
  const ImageCacheFacts* facts = parts_.objects.Find(key);
  if (facts == nullptr || !MayAct()) co_return std::nullopt;
  ImageCache object = ParseImageCache(facts->bytes);
  std::optional<TimePoint> next;
  if (listed_) next = co_await Act(&object);
  // What was done may have changed it.
  facts = parts_.objects.Find(key);
  if (facts == nullptr || !parts_.term.Held()) co_return next;
  object = ParseImageCache(facts->bytes);
  if (IsBeingDeleted(object) && !IsTakenOn(object)) co_return std::nullopt;
  const Status told = co_await TellStatus(&object);
  if (!told && told.error().code != ErrorCode::kCancelled && !kube::MayBeGone(told.error())) {
    parts_.log.Warn("cannot write the status of an image cache",
                    {{"name", object.metadata().name()}, {"error", told.error().message}});
    const TimePoint again = parts_.clock.Now() + kBackoff.first;
    next = next ? std::min(*next, again) : again;
  }
  co_return next;
}

awaitable<std::optional<TimePoint>> ImageCacheSession::Act(const Object* object) {
  const std::string uid = UidOf(*object);
  const std::string second = cloud_.SecondOf(uid, IdOf(*object));
  const ImageCacheState state = StateOf(*object);
  // The creation without an answer had its effect.
  if (!state.cloud_phase.empty()) unsettled_.erase(uid);
  const ImageCacheAction action =
      second.empty() ? DecideImageCache(state) : ImageCacheAction::kDelete;
  if (action == ImageCacheAction::kNothing || action == ImageCacheAction::kTellGone) {
    problems_.erase(uid);
    co_return std::nullopt;
  }
  if (const auto problem = problems_.find(uid); problem != problems_.end()) {
    const Problem& known = problem->second;
    const bool same =
        known.digest == SpecDigest(*object) && known.being_deleted == IsBeingDeleted(*object);
    if (same && parts_.clock.Now() < known.until) co_return known.until;
    if (!same) problems_.erase(problem);
  }
  const Status done = co_await Do(action, object);
  if (done) {
    problems_.erase(uid);
    if (action == ImageCacheAction::kLetGo) co_return std::nullopt;
    if (!IsForApiServer(action)) poll_.Set();
    co_return parts_.clock.Now();
  }
  // What was not sent gets its turn when the Lease is held again.
  const bool withdrawn =
      done.error().code == ErrorCode::kCancelled || base::WasNotSent(done.error());
  if (withdrawn) co_return std::nullopt;
  co_return Fail(*object, action, done.error());
}

awaitable<Status> ImageCacheSession::TellStatus(const Object* object) {
  const std::string& uid = UidOf(*object);
  kubernetes::ImageCacheStatus status = object->status();
  const CloudImageCaches::Cache* cache = cloud_.Find(uid, IdOf(*object));
  const auto problem = problems_.find(uid);
  const std::string reason = problem == problems_.end() ? std::string() : problem->second.reason;
  if (cache != nullptr) {
    TellCache(*cache, &status);
    if (!reason.empty() && status.reason().empty()) status.set_reason(reason);
    TellPhase(*object, status);
  } else if (!IdOf(*object).empty()) {
    if (listed_ && cloud_.IsGone(uid) && !IsBeingDeleted(*object)) {
      TellGone(parts_.clock.WallNow(), &status);
      TellPhase(*object, status);
    }
  } else {
    status.set_phase(problem == problems_.end() ? kPhasePending : problem->second.phase);
    status.clear_reason();
    if (const std::string& why = reason.empty() ? list_error_ : reason; !why.empty())
      status.set_reason(why);
  }
  co_return co_await PatchObject(object, "status",
                                 StatusPatch(*object, std::move(status), parts_.clock.WallNow()));
}

void ImageCacheSession::TellPhase(const Object& object,
                                  const kubernetes::ImageCacheStatus& status) {
  const auto [told, first] = phases_.emplace(UidOf(object), object.status().phase());
  if (told->second == status.phase()) return;
  told->second = status.phase();
  const auto* known = std::ranges::find(kPhaseEvents, status.phase(), &PhaseEvent::phase);
  if (known == std::end(kPhaseEvents)) return;
  std::string message = "Image cache " + status.imagecacheid() + " is " + status.phase();
  if (!status.reason().empty()) message += ": " + status.reason();
  Event(object, known->type, known->reason, message);
}

TimePoint ImageCacheSession::Fail(const Object& object, ImageCacheAction action,
                                  const Error& error) {
  const bool refused = !error.cloud_code.empty() && !IsForApiServer(action) &&
                       eci::DispositionOf(error) == eci::Disposition::kStop &&
                       error.code != ErrorCode::kConflict &&
                       error.code != ErrorCode::kAlreadyExists;
  const bool wrong =
      action == ImageCacheAction::kCreate && error.code == ErrorCode::kInvalidArgument;
  Problem& problem = problems_[UidOf(object)];
  problem.phase = wrong ? kPhaseFailed : kPhasePending;
  problem.digest = SpecDigest(object);
  problem.being_deleted = IsBeingDeleted(object);
  ++problem.failures;
  const milliseconds wait =
      std::max((refused || wrong ? kSlowBackoff : kBackoff).Delay(problem.failures, random_),
               error.retry_after.value_or(milliseconds(0)));
  problem.until = parts_.clock.Now() + wait;
  // A conflict at the API server is the ordinary way to learn of a change.
  if (IsForApiServer(action) && kube::MayBeGone(error)) return problem.until;
  problem.reason = error.message;
  errors_.Add();
  parts_.log.Warn("cannot reconcile ImageCache", {{"name", object.metadata().name()},
                                                  {"error", error.message},
                                                  {"code", error.cloud_code},
                                                  {"request_id", error.request_id},
                                                  {"wait_ms", std::to_string(wait.count())}});
  std::string message = error.message;
  if (!error.request_id.empty()) message += " (request " + error.request_id + ")";
  Event(object, kube::EventType::kWarning, "ImageCacheFailed", message);
  return problem.until;
}

void ImageCacheSession::Event(const Object& object, kube::EventType type, std::string_view reason,
                              const std::string& message) {
  parts_.events.Record({.about = {.api_version = fmt::format("{}/{}", kube::kImageCaches.group,
                                                             kube::kImageCaches.version),
                                  .kind = std::string(kube::kImageCaches.kind),
                                  .ns = {},
                                  .name = object.metadata().name(),
                                  .uid = object.metadata().uid(),
                                  .resource_version = {},
                                  .field_path = {}},
                        .type = type,
                        .reason = std::string(reason),
                        .message = message,
                        .at = {}});
}

// For the API server: nothing is written there that might arrive after somebody else has taken
// over.
TimePoint ImageCacheSession::Deadline() const {
  return std::min(parts_.clock.Now() + options_.call_limit, parts_.term.HeldUntil());
}

eci::WriteLimits ImageCacheSession::Limits() const {
  return {.deadline = parts_.clock.Now() + options_.call_limit, .permit = &parts_.term};
}

}  // namespace vk::controllers
