#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/rate_limiter.h"
#include "provider/kube/event_correlator.h"
#include "provider/kube/kube_api.h"

namespace vk::kube {

struct EventRecorderOptions {
  std::string component;  // source.component and reportingComponent
  std::string host;       // The node; source.host and reportingInstance.
  std::size_t queue = 1000;
  base::RateLimiter::Options rate{.per_second = 50, .burst = 100};  // The kubelet's.
  int tries = 12;
  std::chrono::seconds retry{10};
  std::chrono::seconds call_limit{10};
};

// Writes core/v1 Events, one call at a time behind everything else. Notes wait in a bounded queue;
// when it is full a Normal note is dropped, and a Warning takes the place of the oldest Normal one,
// or is dropped when there is none. While the API server is away the head is tried again for two
// minutes and the queue overflows by that rule. What the server refuses (a namespace that is being
// deleted) is dropped.
//
// An event's name is chosen before it is first sent, so that a repeated creation finds itself.
// Metrics: kube_events_queued, kube_events_written_total, kube_events_dropped_total{reason:
// queue_full, rate, refused}.
class EventRecorder {
 public:
  // REQUIRES: everything referred to outlives Run.
  EventRecorder(EventRecorderOptions options, KubeApi& api, base::Clock& clock, base::Random random,
                base::Log& log, base::Metrics& metrics, boost::asio::any_io_executor executor);

  // Queues a note; its `at` is set here. Never waits and never fails.
  void Record(EventNote note);

  // Writes until cancelled. Called once.
  boost::asio::awaitable<void> Run();

 private:
  bool MakeRoom(EventType type);
  boost::asio::awaitable<base::Status> Write(EventNote note);
  boost::asio::awaitable<base::Status> Create(const EventNote& note, const CorrelatedEvent& event);
  boost::asio::awaitable<base::Status> Patch(const EventNote& note, const CorrelatedEvent& event);
  void Drop(base::Counter& counter, const EventNote& note, const std::string& cause);

  const EventRecorderOptions options_;
  KubeApi& api_;
  base::Clock& clock_;
  base::Log& log_;
  EventCorrelator correlator_;
  base::RateLimiter limiter_;
  base::Event queued_;
  std::deque<EventNote> queue_;
  base::Gauge& depth_;
  base::Counter& written_;
  base::Counter& overflowed_;
  base::Counter& limited_;
  base::Counter& refused_;
};

}  // namespace vk::kube
