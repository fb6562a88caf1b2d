#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/event.h"
#include "base/task_group.h"
#include "provider/controllers/image_cache_session.h"
#include "provider/kube/lease_term.h"
#include "provider/kube/reflector.h"

namespace vk::controllers {

struct ImageCacheControllerOptions {
  std::string cluster_id;  // Empty: the UID of namespace kube-system.
  ImageCachePlace place;
  std::string process;  // Holder identity of the Lease, unique per process.
  std::chrono::seconds call_limit{15};
  std::chrono::seconds settle_limit{5};
};

// Keeps ImageCache objects (eci.alibabacloud.com) as image caches of the cloud: one process of the
// cluster, the holder of the Lease kube-system/virtual-node-image-caches, makes each once, tells
// how it is in the object's status, and deletes it when the object is deleted, which a finalizer
// makes wait for that. The Lease is contended for as soon as there is an object. While the cluster
// does not know the kind, the controller waits until it does.
//
// Only caches that carry the tags of this cluster and of an object's UID are ours; no other is
// touched. Failures go to the log, to the object's status and to an event of it, and are tried
// again after 1 s to 60 s, or 1 to 10 minutes where only a change mends them. Used on the core
// thread.
class ImageCacheController final {
 public:
  // All outlive Run.
  struct Parts {
    kube::KubeApi& api;
    eci::ImageCacheApi& caches;
    kube::EventRecorder& events;
    base::Clock& clock;
    base::Log& log;
    base::Metrics& metrics;
  };

  ImageCacheController(ImageCacheControllerOptions options, Parts parts, base::Random random,
                       kube::LeaseElection::HolderIsGone holder_is_gone,
                       boost::asio::any_io_executor executor);
  ~ImageCacheController();

  // Until cancelled; then gives the Lease back. Caches stay.
  boost::asio::awaitable<void> Run();

 private:
  boost::asio::awaitable<void> RunSession(kube::LeaseTerm* term);
  void ObjectChanged(const std::string& key, const ImageCacheFacts* now);
  void Listed();

  ImageCacheControllerOptions options_;
  Parts parts_;
  base::Random random_;
  boost::asio::any_io_executor executor_;
  base::TaskGroup tasks_;
  base::Event needed_;  // There is an object.
  ImageCacheMirror objects_;
  kube::Reflector reflector_;
  kube::LeaseTerms terms_;
  std::string kube_system_uid_;
  std::unique_ptr<ImageCacheSession> session_;
};

}  // namespace vk::controllers
