#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {

// An API server and a client to it, to be asked what kube_contract.cc expects of both. A cluster
// may run controllers and a scheduler beside it; its identity is an administrator's.
class KubeContractSubject {
 public:
  virtual ~KubeContractSubject() = default;

  virtual KubeApi& api() = 0;
  virtual base::Clock& clock() = 0;
  // Runs `task` until it ends, moving virtual time if there is one.
  virtual void Run(boost::asio::awaitable<void> task) = 0;
};

// Makes a subject, once per test. One that speaks to a real server reads where it is from a flag of
// its program (--kubeconfig) and returns null, which skips the test, when it was not given.
using KubeContractSubjectFactory = std::function<std::unique_ptr<KubeContractSubject>()>;

// The tests of kube_contract.cc. A program that links that file and says
//   INSTANTIATE_TEST_SUITE_P(Http, KubeContractTest, testing::Values(&MakeHttpSubject));
// runs them against its own subject. Each test works in a namespace of its own, and leaves it.
class KubeContractTest : public testing::TestWithParam<KubeContractSubjectFactory> {
 protected:
  void SetUp() override;

  // Runs one call to its end.
  template <class T>
  base::Result<T> Await(boost::asio::awaitable<base::Result<T>> call) {
    std::optional<base::Result<T>> result;
    subject_->Run(Keep(std::move(call), result));
    return std::move(result).value();
  }

  base::TimePoint Soon() { return subject_->clock().Now() + std::chrono::seconds(10); }
  KubeApi& api() { return subject_->api(); }
  const std::string& ns() const { return ns_; }

  // A name for a cluster-wide object that no other test uses.
  std::string Unique(std::string_view name) const { return std::string(name) + "-" + ns_; }

  ObjectKey Key(std::string name, std::string subresource = "") const {
    return ObjectKey{ns_, std::move(name), std::move(subresource)};
  }

  // A pod of one container `main`, bound to a node that does not exist; it needs no ServiceAccount
  // token, and no scheduler takes it when the node is cleared.
  k8s::io::api::core::v1::Pod NewPod(const std::string& name) const;

  template <class T>
  base::Result<T> Create(Resource resource, const T& object) {
    return Parse<T>(Await(api().Create(resource, ObjectKey{ns_, "", ""}, ToBytes(object), Soon())));
  }
  template <class T>
  base::Result<T> Get(Resource resource, const std::string& name) {
    return Parse<T>(Await(api().Get(resource, Key(name), Soon())));
  }
  template <class T>
  base::Result<T> Update(Resource resource, const T& object) {
    return Parse<T>(
        Await(api().Update(resource, Key(object.metadata().name()), ToBytes(object), Soon())));
  }
  template <class T>
  base::Result<T> Patch(Resource resource, ObjectKey key, std::string body) {
    return Parse<T>(Await(api().Patch(resource, std::move(key), PatchType::kStrategicMerge,
                                      std::move(body), Soon())));
  }
  base::Result<k8s::io::api::core::v1::Pod> PatchStatus(const std::string& pod, std::string body) {
    return Patch<k8s::io::api::core::v1::Pod>(kPods, Key(pod, "status"), std::move(body));
  }
  base::Status Delete(Resource resource, const std::string& name, DeleteOptions options = {}) {
    return Await(api().Delete(resource, Key(name), options, Soon()));
  }

  // Reads the watch until `count` events that are no bookmarks have come.
  struct Seen {
    WatchEventType type;
    k8s::io::api::core::v1::Pod pod;
  };
  std::vector<Seen> Read(WatchStream& stream, std::size_t count);
  // A watch of this namespace's pods from `version`.
  std::unique_ptr<WatchStream> WatchFrom(const std::string& version, std::string fields = "");
  // The version of the present list of pods.
  std::string PresentVersion();

 private:
  template <class T>
  static boost::asio::awaitable<void> Keep(boost::asio::awaitable<base::Result<T>> call,
                                           std::optional<base::Result<T>>& result) {
    result.emplace(co_await std::move(call));
  }

  template <class T>
  static base::Result<T> Parse(base::Result<std::string> bytes) {
    if (!bytes) return std::unexpected(std::move(bytes).error());
    T object;
    VK_CHECK_OK(FromBytes(*bytes, &object));
    return object;
  }

  std::unique_ptr<KubeContractSubject> subject_;
  std::string ns_;
};

}  // namespace vk::kube
