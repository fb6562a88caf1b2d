#include "test/provider/agent/garbling_kube.h"

namespace vk::agent {

using base::Result;
using base::TimePoint;

class GarblingKube::Stream final : public kube::WatchStream {
 public:
  Stream(std::unique_ptr<kube::WatchStream> next, kube::Resource resource, GarblingKube& kube)
      : next_(std::move(next)), resource_(resource), kube_(kube) {}

  boost::asio::awaitable<Result<std::vector<kube::WatchEvent>>> Next(TimePoint deadline) override {
    VK_CO_TRY(events, co_await next_->Next(deadline));
    for (kube::WatchEvent& event : events) kube_.Spoil(resource_, &event.object);
    co_return events;
  }

 private:
  const std::unique_ptr<kube::WatchStream> next_;
  const kube::Resource resource_;
  GarblingKube& kube_;
};

boost::asio::awaitable<Result<std::string>> GarblingKube::Get(kube::Resource resource,
                                                              kube::ObjectKey key,
                                                              TimePoint deadline) {
  VK_CO_TRY(object, co_await next_.Get(resource, std::move(key), deadline));
  Spoil(resource, &object);
  co_return object;
}

boost::asio::awaitable<Result<kube::ListPage>> GarblingKube::List(kube::Resource resource,
                                                                  std::string ns,
                                                                  kube::ListOptions options,
                                                                  TimePoint deadline) {
  VK_CO_TRY(page, co_await next_.List(resource, std::move(ns), std::move(options), deadline));
  for (std::string& object : page.items) Spoil(resource, &object);
  co_return page;
}

boost::asio::awaitable<Result<std::unique_ptr<kube::WatchStream>>> GarblingKube::Watch(
    kube::Resource resource, std::string ns, kube::WatchOptions options, TimePoint deadline) {
  VK_CO_TRY(stream, co_await next_.Watch(resource, std::move(ns), std::move(options), deadline));
  co_return std::make_unique<Stream>(std::move(stream), resource, *this);
}

boost::asio::awaitable<Result<std::string>> GarblingKube::Create(kube::Resource resource,
                                                                 kube::ObjectKey key,
                                                                 std::string object,
                                                                 TimePoint deadline) {
  return next_.Create(resource, std::move(key), std::move(object), deadline);
}

boost::asio::awaitable<Result<std::string>> GarblingKube::Update(kube::Resource resource,
                                                                 kube::ObjectKey key,
                                                                 std::string object,
                                                                 TimePoint deadline) {
  return next_.Update(resource, std::move(key), std::move(object), deadline);
}

boost::asio::awaitable<Result<std::string>> GarblingKube::Patch(kube::Resource resource,
                                                                kube::ObjectKey key,
                                                                kube::PatchType type,
                                                                std::string body,
                                                                TimePoint deadline) {
  return next_.Patch(resource, std::move(key), type, std::move(body), deadline);
}

boost::asio::awaitable<base::Status> GarblingKube::Delete(kube::Resource resource,
                                                          kube::ObjectKey key,
                                                          kube::DeleteOptions options,
                                                          TimePoint deadline) {
  return next_.Delete(resource, std::move(key), std::move(options), deadline);
}

}  // namespace vk::agent
