#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/testing/fake_kube.h"
#include "provider/kube/testing/fake_kube_faults.h"

namespace vk::kube {

// One process's connection to a FakeKube. Several may share a server, each with its own context and
// clock; all run on one thread.
//
// A call suspends, takes effect at one instant, suspends again and returns: a process that dies in
// between has made a change whose reply is lost. Each half yields to the executor at least once and
// takes the latency that the fault hook gives, on the process's clock. A call cancelled before the
// instant has no effect.
//
// To kill the process: Detach, shut its context down, delete its objects, delete the context. After
// Detach the server knows nothing of this client, and frames that unwind touch neither.
// REQUIRES: outlives the calls in flight, or was detached; a stream may outlive it.
class FakeKubeClient final : public KubeApi {
 public:
  // REQUIRES: `server`, `clock` and `faults` outlive this object, or its Detach.
  FakeKubeClient(FakeKube& server, boost::asio::any_io_executor executor, base::Clock& clock,
                 FakeKubeFaults& faults);
  ~FakeKubeClient() override;

  boost::asio::awaitable<base::Result<std::string>> Get(Resource resource, ObjectKey key,
                                                        base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<ListPage>> List(Resource resource, std::string ns,
                                                      ListOptions options,
                                                      base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::unique_ptr<WatchStream>>> Watch(
      Resource resource, std::string ns, WatchOptions options, base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::string>> Create(Resource resource, ObjectKey key,
                                                           std::string object,
                                                           base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::string>> Update(Resource resource, ObjectKey key,
                                                           std::string object,
                                                           base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<std::string>> Patch(Resource resource, ObjectKey key,
                                                          PatchType type, std::string body,
                                                          base::TimePoint deadline) override;
  boost::asio::awaitable<base::Status> Delete(Resource resource, ObjectKey key,
                                              DeleteOptions options,
                                              base::TimePoint deadline) override;

  // Breaks the connections of all running watches: each Next fails once what had come is read.
  void BreakWatches();

  // The process is dead to the server. Idempotent; nothing of this client has an effect afterwards.
  void Detach();

 private:
  class Stream;

  template <class T>
  boost::asio::awaitable<base::Result<T>> Call(std::string verb, Resource resource, ObjectKey key,
                                               std::string body, base::TimePoint deadline,
                                               std::function<base::Result<T>(FakeKube&)> effect);
  boost::asio::awaitable<base::Status> Travel(std::chrono::nanoseconds latency,
                                              base::TimePoint deadline);
  base::Result<std::unique_ptr<WatchStream>> Open(const Resource& resource, const std::string& ns,
                                                  const WatchOptions& options, FakeKube& server);
  void Close(std::uint64_t stream, WatchId watch);

  FakeKube* server_;  // Null once detached.
  boost::asio::any_io_executor executor_;
  base::Clock& clock_;
  FakeKubeFaults& faults_;
  std::map<std::uint64_t, Stream*> streams_;  // Owned by those who read them.
  std::uint64_t last_stream_ = 0;
};

}  // namespace vk::kube
