#include "provider/kube/event_recorder.h"

#include <algorithm>
#include <utility>

#include "base/proto_json/proto_json.h"
#include "base/task_group.h"
#include "proto/kubernetes/core/v1/event.pb.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/object_time.h"

namespace vk::kube {
namespace {

namespace asio = boost::asio;
namespace core = k8s::io::api::core::v1;
using base::ErrorCode;
using base::Status;

constexpr std::size_t kMaxMessage = 1024;

// Cuts before a byte that continues a UTF-8 character.
void Shorten(std::string* text) {
  if (text->size() <= kMaxMessage) return;
  std::size_t end = kMaxMessage;
  while (end > 0 && (static_cast<unsigned char>((*text)[end]) & 0xc0) == 0x80) --end;
  text->resize(end);
}

// Events of cluster-wide objects live in "default".
ObjectKey KeyOf(const EventNote& note, const std::string& name) {
  return {.ns = note.about.ns.empty() ? "default" : note.about.ns, .name = name, .subresource = {}};
}

bool MayWorkLater(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kThrottled ||
         code == ErrorCode::kDeadlineExceeded || code == ErrorCode::kUnauthenticated;
}

// What changes with each repetition; the whole body of a patch.
core::Event Changing(const EventRecorderOptions& options, const EventNote& note,
                     const CorrelatedEvent& event) {
  core::Event wire;
  wire.set_count(event.count);
  wire.set_message(event.message);
  SetTime(note.at, wire.mutable_lasttimestamp());
  wire.set_reportingcomponent(options.component);
  wire.set_reportinginstance(options.host);
  return wire;
}

base::Counter& Dropped(base::Metrics& metrics, const std::string& reason) {
  return metrics.GetCounter("kube_events_dropped_total", "Events that were never written.",
                            {{"reason", reason}});
}

}  // namespace

EventRecorder::EventRecorder(EventRecorderOptions options, KubeApi& api, base::Clock& clock,
                             base::Random random, base::Log& log, base::Metrics& metrics,
                             asio::any_io_executor executor)
    : options_(std::move(options)),
      api_(api),
      clock_(clock),
      log_(log),
      correlator_(std::move(random)),
      limiter_(options_.rate, clock, executor),
      queued_(executor),
      depth_(metrics.GetGauge("kube_events_queued", "Events that wait to be written.")),
      written_(metrics.GetCounter("kube_events_written_total", "Events created or counted up.")),
      overflowed_(Dropped(metrics, "queue_full")),
      limited_(Dropped(metrics, "rate")),
      refused_(Dropped(metrics, "refused")) {}

void EventRecorder::Record(EventNote note) {
  note.at = clock_.WallNow();
  Shorten(&note.message);
  if (queue_.size() >= options_.queue && !MakeRoom(note.type))
    return Drop(overflowed_, note, "the queue is full");
  queue_.push_back(std::move(note));
  depth_.Set(static_cast<double>(queue_.size()));
  queued_.Set();
}

bool EventRecorder::MakeRoom(EventType type) {
  if (type != EventType::kWarning) return false;
  const auto oldest = std::ranges::find(queue_, EventType::kNormal, &EventNote::type);
  if (oldest == queue_.end()) return false;
  Drop(overflowed_, *oldest, "the queue is full");
  queue_.erase(oldest);
  return true;
}

asio::awaitable<void> EventRecorder::Run() {
  for (;;) {
    while (queue_.empty())
      if (!co_await queued_.Wait()) co_return;
    if (!co_await limiter_.Acquire()) co_return;
    // The queue may have changed its head meanwhile, but never its being filled.
    EventNote note = std::move(queue_.front());
    queue_.pop_front();
    depth_.Set(static_cast<double>(queue_.size()));
    const Status written = co_await Write(std::move(note));
    if (!written && written.error().code == ErrorCode::kCancelled) co_return;
  }
}

asio::awaitable<Status> EventRecorder::Write(EventNote note) {
  const auto event = correlator_.Observe(note);
  if (!event) {
    if (!note.once) Drop(limited_, note, "the object has too many");
    co_return Status();
  }
  bool create = event->count == 1;
  for (int tries = 1;; ++tries) {
    const Status done = create ? co_await Create(note, *event) : co_await Patch(note, *event);
    if (done || (create && done.error().code == ErrorCode::kAlreadyExists)) break;
    const base::Error& error = done.error();
    if (error.code == ErrorCode::kCancelled) co_return done;
    // It ended its hour, or was never written.
    const bool lost = !create && error.code == ErrorCode::kNotFound;
    if ((!lost && !MayWorkLater(error.code)) || tries == options_.tries) {
      Drop(refused_, note, error.message);
      co_return Status();
    }
    create = create || lost;
    if (lost) continue;
    const std::chrono::milliseconds wait = std::max<std::chrono::milliseconds>(
        options_.retry, error.retry_after.value_or(options_.retry));
    VK_CO_CHECK_OK(co_await clock_.SleepUntil(clock_.Now() + wait));
  }
  written_.Add();
  co_return Status();
}

asio::awaitable<Status> EventRecorder::Create(const EventNote& note, const CorrelatedEvent& event) {
  const ObjectKey key = KeyOf(note, event.name);
  core::Event wire = Changing(options_, note, event);
  wire.mutable_metadata()->set_name(key.name);
  wire.mutable_metadata()->set_namespace_(key.ns);
  core::ObjectReference& about = *wire.mutable_involvedobject();
  about.set_apiversion(note.about.api_version);
  about.set_kind(note.about.kind);
  about.set_namespace_(note.about.ns);
  about.set_name(note.about.name);
  about.set_uid(note.about.uid);
  about.set_resourceversion(note.about.resource_version);
  about.set_fieldpath(note.about.field_path);
  wire.set_reason(note.reason);
  wire.set_type(note.type == EventType::kWarning ? "Warning" : "Normal");
  SetTime(event.first, wire.mutable_firsttimestamp());
  wire.mutable_source()->set_component(options_.component);
  wire.mutable_source()->set_host(options_.host);
  auto stored =
      co_await api_.Create(kEvents, key, ToBytes(wire), clock_.Now() + options_.call_limit);
  if (!stored) co_return std::unexpected(std::move(stored).error());
  co_return Status();
}

asio::awaitable<Status> EventRecorder::Patch(const EventNote& note, const CorrelatedEvent& event) {
  VK_CO_TRY(body, base::ToJson(Changing(options_, note, event), base::JsonNames::kKubernetes));
  auto stored = co_await api_.Patch(kEvents, KeyOf(note, event.name), PatchType::kStrategicMerge,
                                    std::move(body), clock_.Now() + options_.call_limit);
  if (!stored) co_return std::unexpected(std::move(stored).error());
  co_return Status();
}

void EventRecorder::Drop(base::Counter& counter, const EventNote& note, const std::string& cause) {
  counter.Add();
  log_.Debug("event dropped",
             {{"reason", note.reason},
              {"object", note.about.kind + " " + note.about.ns + "/" + note.about.name},
              {"cause", cause}});
}

}  // namespace vk::kube
