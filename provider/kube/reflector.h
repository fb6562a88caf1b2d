#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {

// An object of a list: who it is, and its protobuf bytes.
struct ListedObject {
  ObjectIdentity identity;
  std::string object;
};

// Where a Reflector delivers. Called on the core thread, at most 100 objects between two turns of
// the loop; never blocks, and calls nothing of the reflector but Distrust.
class ReflectorSink {
 public:
  virtual ~ReflectorSink() = default;

  // A whole list is about to be asked for: what is there then, in one or more pages, read from the
  // quorum, so that it shows all that was written before. A list may break off; then
  // another OnListBegin follows, and what the broken one showed counts as seen but proves nothing
  // gone.
  virtual void OnListBegin() = 0;
  virtual void OnListPage(std::vector<ListedObject> page) = 0;
  // The list has ended. When `complete`, whatever no page since OnListBegin named is gone. It is
  // not when an object could not be read: then nothing may be concluded from what is missing.
  virtual void OnListEnd(bool complete) = 0;

  // One object was added, modified or deleted after the last list; never a bookmark. An event may
  // repeat what is known already: compare versions.
  virtual void OnEvent(const ObjectIdentity& identity, WatchEvent event) = 0;
};

struct ReflectorOptions {
  Resource resource;
  std::string ns;              // Empty: all, or a cluster-wide kind.
  std::string field_selector;  // "spec.nodeName=vk"
  std::string label_selector;
  // Try the streaming list first; a 400 or 422, or one that does not end, turns to pages for good.
  bool watch_list = true;
  int page_size = 500;
  // List again after a watch that broke, at most once a minute: an API server that was restored
  // from a backup breaks all watches, and may go on with one from a version that it has not reached
  // yet.
  bool list_after_break = false;
  std::chrono::seconds list_limit{60};      // For one page, or the whole of a streaming list.
  std::chrono::seconds watch_timeout{300};  // Drawn between this and twice it for each watch.
  base::ExponentialBackoff backoff{.first = std::chrono::milliseconds(800), .jitter = 0.5};
};

// Keeps a sink up to date with one resource: list, then watch from there, for ever. Follows
// client-go's reflector: bookmarks move the resume point; an expired version lists again; a refused
// or broken watch is resumed from where it was; Retry-After is obeyed; waits double up to 30 s, and
// start afresh after two minutes without failure. Watches that end in order follow each other at
// most once a second. A kind that is not served is waited for quietly.
//
// Metrics: kube_watch_last_event_timestamp_seconds (its age is time() minus it; bookmarks count, so
// in a healthy cluster it stays near a minute), kube_watch_lists_total, kube_watch_failures_total,
// kube_watch_unreadable_objects_total, all by resource.
class Reflector {
 public:
  // REQUIRES: everything referred to outlives Run.
  Reflector(ReflectorOptions options, KubeApi& api, base::Clock& clock, base::Random random,
            base::Log& log, base::Metrics& metrics, ReflectorSink& sink);

  // Returns when cancelled. Called once.
  boost::asio::awaitable<void> Run();

  // True from the end of the first list on: the sink has seen everything once that could be read.
  bool synced() const { return synced_; }

  // Why the last list or watch failed, for people; empty before the first failure.
  const std::string& last_error() const { return last_error_; }

  // For the sink, within OnListPage or OnEvent: an object whose name could be read cannot be read
  // in whole. A list is not complete then. There will be another one: a minute after the last, at
  // once if that was longer ago; until then the watch goes on.
  void Distrust();

 private:
  // Lists by pages and leaves version_ where a watch goes on.
  boost::asio::awaitable<base::Status> ListPages();
  // Lists by a watch with initial events, and goes on reading it.
  boost::asio::awaitable<base::Status> ListAndWatch();
  boost::asio::awaitable<base::Status> Watch();

  struct OpenWatch;
  boost::asio::awaitable<base::Result<OpenWatch>> Open(bool initial_events);
  boost::asio::awaitable<base::Status> ReadInitialEvents(OpenWatch& watch);
  boost::asio::awaitable<base::Status> Follow(OpenWatch& watch);
  boost::asio::awaitable<base::Result<std::vector<WatchEvent>>> Next(OpenWatch& watch,
                                                                     base::TimePoint deadline);

  boost::asio::awaitable<void> DeliverPage(std::vector<std::string> objects);
  void AddListed(std::string object, std::vector<ListedObject>* page);
  void DeliverEvent(WatchEvent event);
  void BeginList();
  base::Status EndList(std::string version);
  boost::asio::awaitable<base::Status> BackOff(const base::Error& error);

  const ReflectorOptions options_;
  KubeApi& api_;
  base::Clock& clock_;
  base::Random random_;
  base::Log& log_;
  ReflectorSink& sink_;
  base::Gauge& last_event_;
  base::Counter& lists_;
  base::Counter& failures_;
  base::Counter& unreadable_;

  bool watch_list_;
  bool synced_ = false;
  bool listing_ = false;
  bool complete_ = true;                          // Every object of the running list could be read.
  std::optional<base::TimePoint> list_again_at_;  // Some object could not be read.
  base::TimePoint last_list_;                     // When it began.
  std::string version_;                           // To resume from; empty: list.
  int failed_ = 0;                                // In a row.
  base::TimePoint last_failure_;
  std::string last_error_;
};

}  // namespace vk::kube
