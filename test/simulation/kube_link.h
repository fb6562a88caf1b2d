#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "provider/kube/kube_api.h"
#include "test/simulation/event_trace.h"

namespace vk::simulation {

// One process's calls to its API server as the trace sees them: every call with its arguments, and
// every answer, in order. Adds no time and no suspension of its own.
// REQUIRES: `next` and the trace outlive the calls; streams may outlive this object.
class KubeLink final : public kube::KubeApi {
 public:
  // Told of each call when it is sent.
  using Witness = std::function<void(std::string_view verb, const kube::Resource& resource,
                                     const kube::ObjectKey& key, std::string_view body)>;

  KubeLink(kube::KubeApi& next, EventTrace& trace, std::string process, Witness witness)
      : next_(next), trace_(trace), process_(std::move(process)), witness_(std::move(witness)) {}

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
  // Returns what its answer is noted under.
  std::string Sent(std::string_view verb, const kube::Resource& resource,
                   const kube::ObjectKey& key, std::string_view arguments, std::string_view body);
  void Answered(const std::string& call, const base::Result<std::string>& answer);

  kube::KubeApi& next_;
  EventTrace& trace_;
  const std::string process_;
  const Witness witness_;
};

}  // namespace vk::simulation
