#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/event.h"
#include "base/keyed_workers.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/task_group.h"
#include "provider/controllers/cloud_image_caches.h"
#include "provider/controllers/image_cache_decision.h"
#include "provider/controllers/image_cache_object.h"
#include "provider/controllers/image_cache_request.h"
#include "provider/kube/event_recorder.h"
#include "provider/kube/lease_term.h"

namespace vk::kubernetes {
class ImageCacheStatus;
}

namespace vk::controllers {

struct ImageCacheSessionOptions {
  ImageCacheOwner owner;
  ImageCachePlace place;
  std::size_t max_active = 8;            // Objects that are worked on at the same time.
  std::chrono::seconds busy_period{2};   // Between listings while the cloud is at work on a cache,
  std::chrono::seconds rest_period{60};  // and while it is not; without objects nothing is listed.
  std::chrono::seconds call_limit{15};
  std::chrono::seconds settle_limit{5};  // At the end, for calls in flight.
};

// Everything of one term of the Lease: brings each ImageCache object and its cache in the cloud
// together, by image_cache_decision.h. What it knows of the cloud begins with a listing. Used on
// the core thread.
class ImageCacheSession {
 public:
  // All outlive Run.
  struct Parts {
    kube::KubeApi& api;
    eci::ImageCacheApi& caches;
    kube::EventRecorder& events;
    base::Clock& clock;
    base::Log& log;
    base::Metrics& metrics;
    kube::LeaseTerm& term;
    ImageCacheMirror& objects;
  };

  ImageCacheSession(ImageCacheSessionOptions options, Parts parts, base::Random random,
                    boost::asio::any_io_executor executor);

  // Until the term is over, or cancelled. Caches stay.
  boost::asio::awaitable<void> Run();

  // This object changed, or is gone.
  void Changed(const std::string& key, const ImageCacheFacts* now);
  // The Lease is held again, or the objects were listed.
  void PollAgain() { poll_.Set(); }

 private:
  using Object = kubernetes::ImageCache;

  // What keeps an object from what it wants.
  struct Problem {
    std::string phase;  // The object's phase while it has no cache.
    std::string reason;
    std::string digest;  // A change of it, or a deletion, is worth another try at once.
    bool being_deleted = false;
    int failures = 0;
    base::TimePoint until;
  };

  boost::asio::awaitable<void> KeepPolling();
  bool MayAct() const { return parts_.term.Held() && !stopping_; }
  void NoteUnclaimed();
  bool IsBusy();

  boost::asio::awaitable<std::optional<base::TimePoint>> Step(std::string key);
  boost::asio::awaitable<std::optional<base::TimePoint>> Act(const Object* object);
  boost::asio::awaitable<base::Status> Do(ImageCacheAction action, const Object* object);
  ImageCacheState StateOf(const Object& object);

  boost::asio::awaitable<base::Status> TakeOn(const Object* object);
  boost::asio::awaitable<base::Status> Create(const Object* object);
  boost::asio::awaitable<base::Status> Update(const Object* object);
  boost::asio::awaitable<base::Status> Delete(const Object* object, std::string id);
  boost::asio::awaitable<base::Status> LetGo(const Object* object);
  boost::asio::awaitable<base::Result<eci::v1::CreateImageCacheRequest>> MakeRequest(
      const Object* object);

  // The object as it is now. Errors: kConflict when it is another one, or no longer to be served.
  boost::asio::awaitable<base::Result<Object>> ReadFresh(const Object* object);
  boost::asio::awaitable<base::Status> PatchObject(const Object* object, std::string subresource,
                                                   std::string patch);
  boost::asio::awaitable<base::Status> TellStatus(const Object* object);
  void TellPhase(const Object& object, const kubernetes::ImageCacheStatus& status);
  base::TimePoint Fail(const Object& object, ImageCacheAction action, const base::Error& error);
  void Event(const Object& object, kube::EventType type, std::string_view reason,
             const std::string& message);
  base::TimePoint Deadline() const;
  eci::WriteLimits Limits() const;

  const ImageCacheSessionOptions options_;
  Parts parts_;
  base::Random random_;
  base::TaskGroup tasks_;
  CloudImageCaches cloud_;
  base::Event poll_;
  base::KeyedWorkers workers_;
  base::Gauge& known_;
  base::Counter& errors_;
  bool stopping_ = false;
  bool listed_ = false;     // The cloud was listed.
  std::string list_error_;  // Why the last poll failed.
  // All by UID.
  std::map<std::string, Problem> problems_;
  std::map<std::string, std::string> unsettled_;  // Bytes of creations without a definite answer.
  std::set<std::string> never_made_;              // No creation for them can have had an effect.
  std::map<std::string, std::string> phases_;     // That were told by events.
  std::set<std::string> unclaimed_;               // Caches without an object, told in the log.
};

}  // namespace vk::controllers
