#include "provider/kube/reflector.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/page_tokens.h"
#include "base/task_group.h"

namespace vk::kube {
namespace {

namespace asio = boost::asio;
using base::ErrorCode;
using base::Status;
using base::TimePoint;

constexpr std::size_t kSlice = 100;
constexpr std::chrono::seconds kGrace{30};  // After the server should have ended a watch.
constexpr std::chrono::seconds kTooShort{1};
constexpr std::chrono::minutes kListPause{1};  // Between lists for the sake of unreadable objects.
constexpr std::chrono::minutes kHealthy{2};

// Lets the rest of the core thread's work go on.
asio::awaitable<void> Yield() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

// The resume point is as good as before.
bool KeepsVersion(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kThrottled ||
         code == ErrorCode::kDeadlineExceeded;
}

}  // namespace

struct Reflector::OpenWatch {
  std::unique_ptr<WatchStream> stream;
  TimePoint begin;
  TimePoint end;  // Silence beyond it means a dead connection.
  bool spoke = false;
};

Reflector::Reflector(ReflectorOptions options, KubeApi& api, base::Clock& clock,
                     base::Random random, base::Log& log, base::Metrics& metrics,
                     ReflectorSink& sink)
    : options_(std::move(options)),
      api_(api),
      clock_(clock),
      random_(random),
      log_(log),
      sink_(sink),
      last_event_(metrics.GetGauge("kube_watch_last_event_timestamp_seconds",
                                   "When the last event or bookmark of a watch came.",
                                   {{"resource", std::string(options_.resource.plural)}})),
      lists_(metrics.GetCounter("kube_watch_lists_total", "Whole lists, the first one included.",
                                {{"resource", std::string(options_.resource.plural)}})),
      failures_(metrics.GetCounter("kube_watch_failures_total",
                                   "Lists and watches that failed and were tried again.",
                                   {{"resource", std::string(options_.resource.plural)}})),
      unreadable_(metrics.GetCounter("kube_watch_unreadable_objects_total",
                                     "Objects that were skipped since their bytes do not parse.",
                                     {{"resource", std::string(options_.resource.plural)}})),
      watch_list_(options_.watch_list) {}

asio::awaitable<void> Reflector::Run() {
  while (!co_await base::Cancelled()) {
    const bool list = version_.empty();
    const Status done =
        list ? co_await (watch_list_ ? ListAndWatch() : ListPages()) : co_await Watch();
    if (done) continue;
    if (done.error().code == ErrorCode::kCancelled) co_return;
    if (!KeepsVersion(done.error().code)) version_.clear();
    if (options_.list_after_break && !version_.empty() && !list_again_at_)
      list_again_at_ = std::max(clock_.Now(), last_list_ + kListPause);
    if (!co_await BackOff(done.error())) co_return;
  }
}

asio::awaitable<Status> Reflector::ListPages() {
  BeginList();
  ListOptions ask{.field_selector = options_.field_selector,
                  .label_selector = options_.label_selector,
                  .limit = options_.page_size,
                  .continue_token = {}};
  base::PageTokens tokens;
  for (;;) {
    VK_CO_TRY(page, co_await api_.List(options_.resource, options_.ns, ask,
                                       clock_.Now() + options_.list_limit));
    co_await DeliverPage(std::move(page.items));
    VK_CO_CHECK_OK(tokens.Advance(page.continue_token));
    if (tokens.done()) co_return EndList(std::move(page.resource_version));
    ask.continue_token = tokens.next();
  }
}

asio::awaitable<Status> Reflector::ListAndWatch() {
  BeginList();
  auto watch = co_await Open(true);
  if (!watch && watch.error().code == ErrorCode::kInvalidArgument) {
    // Servers without the gate refuse its parameters.
    watch_list_ = false;
    co_return co_await ListPages();
  }
  if (!watch) co_return std::unexpected(std::move(watch).error());
  const Status listed = co_await ReadInitialEvents(*watch);
  // Something between us and the server may swallow the bookmark that ends the list.
  if (!listed && listed.error().code == ErrorCode::kDeadlineExceeded) watch_list_ = false;
  VK_CO_CHECK_OK(listed);
  co_return co_await Follow(*watch);
}

asio::awaitable<Status> Reflector::Watch() {
  VK_CO_TRY(watch, co_await Open(false));
  const Status done = co_await Follow(watch);
  // Bookmarks come about once a minute. Without any, the version may lie in the future of a server
  // that was restored from a backup, whose watches stay silent until it is reached.
  if (!watch.spoke && clock_.Now() - watch.begin >= options_.watch_timeout) version_.clear();
  co_return done;
}

asio::awaitable<base::Result<Reflector::OpenWatch>> Reflector::Open(bool initial_events) {
  // Spread, so that many watches do not end together.
  const std::chrono::seconds timeout(
      random_.Between(options_.watch_timeout.count(), 2 * options_.watch_timeout.count()));
  WatchOptions ask{.field_selector = options_.field_selector,
                   .label_selector = options_.label_selector,
                   .resource_version = version_,
                   .send_initial_events = initial_events,
                   .timeout = timeout};
  const TimePoint begin = clock_.Now();
  VK_CO_TRY(stream, co_await api_.Watch(options_.resource, options_.ns, std::move(ask),
                                        begin + options_.list_limit));
  co_return OpenWatch{.stream = std::move(stream), .begin = begin, .end = begin + timeout + kGrace};
}

asio::awaitable<Status> Reflector::ReadInitialEvents(OpenWatch& watch) {
  const TimePoint deadline = std::min(watch.end, clock_.Now() + options_.list_limit);
  for (;;) {
    VK_CO_TRY(events, co_await Next(watch, deadline));
    if (events.empty())
      co_return std::unexpected(
          base::Error(ErrorCode::kUnavailable, "list: the stream ended before the list did"));
    std::string end;
    std::vector<ListedObject> page;
    std::vector<WatchEvent> live;
    for (WatchEvent& event : events) {
      if (!end.empty() || event.type == WatchEventType::kDeleted) {
        live.push_back(std::move(event));
      } else if (event.type != WatchEventType::kBookmark) {
        AddListed(std::move(event.object), &page);
      } else if (event.initial_events_end) {
        VK_CO_TRY(identity, IdentityOf(event.object));
        end = std::move(identity.resource_version);
      }
    }
    if (!page.empty()) sink_.OnListPage(std::move(page));
    if (!end.empty()) VK_CO_CHECK_OK(EndList(end));
    for (WatchEvent& event : live) DeliverEvent(std::move(event));
    if (!end.empty()) co_return Status();
    co_await Yield();
  }
}

asio::awaitable<Status> Reflector::Follow(OpenWatch& watch) {
  for (;;) {
    auto events =
        co_await Next(watch, list_again_at_ ? std::min(watch.end, *list_again_at_) : watch.end);
    if (list_again_at_ && clock_.Now() >= *list_again_at_) {
      version_.clear();
      co_return Status();
    }
    VK_CO_CHECK_OK(events);
    if (events->empty()) break;
    for (WatchEvent& event : *events) DeliverEvent(std::move(event));
    co_await Yield();
  }
  const TimePoint soonest = watch.begin + kTooShort;
  if (clock_.Now() >= soonest) co_return Status();
  if (!watch.spoke)
    co_return std::unexpected(
        base::Error(ErrorCode::kUnavailable, "watch: the server ended it at once"));
  // No failure, but a server that ends each watch behind its first event would be asked without
  // end.
  co_return co_await clock_.SleepUntil(soonest);
}

asio::awaitable<base::Result<std::vector<WatchEvent>>> Reflector::Next(OpenWatch& watch,
                                                                       TimePoint deadline) {
  auto events = co_await watch.stream->Next(deadline);
  if (!events || events->empty()) co_return events;
  watch.spoke = true;
  last_event_.Set(std::chrono::duration<double>(clock_.WallNow().time_since_epoch()).count());
  co_return events;
}

asio::awaitable<void> Reflector::DeliverPage(std::vector<std::string> objects) {
  for (std::size_t begin = 0; begin < objects.size(); begin += kSlice) {
    std::vector<ListedObject> page;
    const std::size_t end = std::min(begin + kSlice, objects.size());
    for (std::size_t i = begin; i < end; ++i) AddListed(std::move(objects[i]), &page);
    sink_.OnListPage(std::move(page));
    co_await Yield();
  }
}

void Reflector::AddListed(std::string object, std::vector<ListedObject>* page) {
  auto identity = IdentityOf(object);
  if (identity && !identity->name.empty()) {
    page->push_back({*std::move(identity), std::move(object)});
    return;
  }
  Distrust();
  log_.Error("cannot read a listed object", {{"resource", std::string(options_.resource.plural)},
                                             {"bytes", std::to_string(object.size())}});
}

void Reflector::DeliverEvent(WatchEvent event) {
  auto identity = IdentityOf(event.object);
  const bool bookmark = event.type == WatchEventType::kBookmark;
  if (!identity || (!bookmark && identity->name.empty())) {
    Distrust();
    log_.Error("cannot read a watched object", {{"resource", std::string(options_.resource.plural)},
                                                {"bytes", std::to_string(event.object.size())}});
    return;
  }
  // A version in the middle of a list is nothing to resume from.
  if (!listing_ && !identity->resource_version.empty()) version_ = identity->resource_version;
  if (bookmark) return;
  sink_.OnEvent(*identity, std::move(event));
}

void Reflector::Distrust() {
  unreadable_.Add();
  if (listing_) complete_ = false;
  if (!list_again_at_) list_again_at_ = std::max(clock_.Now(), last_list_ + kListPause);
}

void Reflector::BeginList() {
  listing_ = true;
  complete_ = true;
  list_again_at_.reset();
  last_list_ = clock_.Now();
  sink_.OnListBegin();
}

Status Reflector::EndList(std::string version) {
  if (version.empty())
    return std::unexpected(
        base::Error(ErrorCode::kInternal, "list: the reply has no resource version"));
  version_ = std::move(version);
  lists_.Add();
  listing_ = false;
  synced_ = true;
  sink_.OnListEnd(complete_);
  return {};
}

asio::awaitable<Status> Reflector::BackOff(const base::Error& error) {
  const TimePoint now = clock_.Now();
  if (failed_ > 0 && now - last_failure_ >= kHealthy) failed_ = 0;
  last_failure_ = now;
  last_error_ = error.message;
  ++failed_;
  // A kind that nobody has defined yet: told once, and waited for.
  const bool absent = error.code == ErrorCode::kNotFound;
  if (!absent) failures_.Add();
  // An expired version is the normal end of a long break; the list that follows is news at last.
  if (ResourceVersionExpired(error) && failed_ == 1) co_return Status();
  std::chrono::milliseconds wait = options_.backoff.Delay(failed_, random_);
  if (error.retry_after) wait = std::max(wait, *error.retry_after);
  if (absent) {
    if (failed_ == 1)
      log_.Info("the API server does not serve this kind; waiting until it does",
                {{"resource", std::string(options_.resource.plural)}});
    co_return co_await clock_.SleepUntil(now + wait);
  }
  log_.Warn("watch failed, trying again", {{"resource", std::string(options_.resource.plural)},
                                           {"error", error.message},
                                           {"wait_ms", std::to_string(wait.count())}});
  co_return co_await clock_.SleepUntil(now + wait);
}

}  // namespace vk::kube
