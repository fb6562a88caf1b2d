#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "provider/kube/kube_api.h"

namespace vk::agent {

// An API server whose answers a test can spoil on their way: between the agent and the server in
// memory, as a failing proxy would be.
class GarblingKube final : public kube::KubeApi {
 public:
  // Changes the bytes of an object; called for each that is read, listed or watched.
  using Garble = std::function<void(const kube::Resource& resource, std::string* object)>;

  explicit GarblingKube(kube::KubeApi& next) : next_(next) {}

  void set_garble(Garble garble) { garble_ = std::move(garble); }

  boost::asio::awaitable<base::Result<std::string>> Get(kube::Resource resource,
                                                        kube::ObjectKey key,
                                                        base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<kube::ListPage>> List(kube::Resource resource, std::string ns,
                                                            kube::ListOptions options,
                                                            base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::unique_ptr<kube::WatchStream>>> Watch(
      kube::Resource resource, std::string ns, kube::WatchOptions options,
      base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::string>> Create(kube::Resource resource,
                                                           kube::ObjectKey key, std::string object,
                                                           base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::string>> Update(kube::Resource resource,
                                                           kube::ObjectKey key, std::string object,
                                                           base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::string>> Patch(kube::Resource resource,
                                                          kube::ObjectKey key, kube::PatchType type,
                                                          std::string body,
                                                          base::TimePoint deadline) override;
  boost::asio::awaitable<base::Status> Delete(kube::Resource resource, kube::ObjectKey key,
                                              kube::DeleteOptions options,
                                              base::TimePoint deadline) override;

 private:
  class Stream;

  void Spoil(const kube::Resource& resource, std::string* object) const {
    if (garble_) garble_(resource, object);
  }

  kube::KubeApi& next_;
  Garble garble_;
};

}  // namespace vk::agent
