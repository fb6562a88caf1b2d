#include "provider/kube/testing/fake_kube_client.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <utility>

#include "base/event.h"

namespace vk::kube {
namespace {

namespace asio = boost::asio;

base::Error Detached() {
  return {base::ErrorCode::kUnavailable, "call the API server: this client is detached"};
}

}  // namespace

// Lives in its reader's frame. The server and the client know it only while they are attached, and
// its destructor tells them no more than to forget it.
class FakeKubeClient::Stream final : public WatchStream, public WatchSink {
 public:
  Stream(FakeKubeClient& client, std::uint64_t id, Resource resource, ObjectKey key,
         base::TimePoint end)
      : client_(&client),
        id_(id),
        resource_(resource),
        key_(std::move(key)),
        end_(end),
        changed_(client.executor_) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() override {
    if (client_ != nullptr) client_->Close(id_, watch_);
  }

  void set_watch(WatchId watch) { watch_ = watch; }
  WatchId watch() const { return watch_; }
  void Forget() { client_ = nullptr; }

  asio::awaitable<base::Result<std::vector<WatchEvent>>> Next(base::TimePoint deadline) override;
  void OnEvent(WatchEvent event) override;
  void OnBroken(base::Error error) override;

 private:
  std::vector<WatchEvent> TakeArrived(base::TimePoint now);

  FakeKubeClient* client_;
  const std::uint64_t id_;
  const Resource resource_;
  const ObjectKey key_;
  const base::TimePoint end_;
  WatchId watch_ = 0;
  std::deque<WatchEvent> coming_;  // In the order of arrival; `received` may lie ahead.
  std::optional<base::Error> broken_;
  base::Event changed_;
};

asio::awaitable<base::Result<std::vector<WatchEvent>>> FakeKubeClient::Stream::Next(
    base::TimePoint deadline) {
  while (true) {
    if (client_ == nullptr) co_return std::unexpected(Detached());
    base::Clock& clock = client_->clock_;
    const base::TimePoint now = clock.Now();
    if (auto events = TakeArrived(now); !events.empty()) co_return events;
    if (coming_.empty() && broken_) co_return std::unexpected(*broken_);
    if (now >= end_) co_return std::vector<WatchEvent>();
    if (now >= deadline)
      co_return std::unexpected(base::Error(base::ErrorCode::kDeadlineExceeded,
                                            fmt::format("watch {}: no event", resource_.plural)));
    base::TimePoint wake = std::min(deadline, end_);
    if (!coming_.empty()) wake = std::min(wake, coming_.front().received);
    auto woken = co_await changed_.WaitUntil(clock, wake);
    if (!woken && woken.error().code != base::ErrorCode::kDeadlineExceeded)
      co_return std::unexpected(std::move(woken).error());
  }
}

std::vector<WatchEvent> FakeKubeClient::Stream::TakeArrived(base::TimePoint now) {
  std::vector<WatchEvent> events;
  while (!coming_.empty() && coming_.front().received <= now) {
    events.push_back(std::move(coming_.front()));
    coming_.pop_front();
  }
  return events;
}

void FakeKubeClient::Stream::OnEvent(WatchEvent event) {
  const base::TimePoint now = client_->clock_.Now();
  if (broken_ || now >= end_) return;
  const auto delivery =
      client_->faults_.OnWatchEvent(KubeCall{"watch", resource_, key_, ""}, event);
  if (delivery.broken)
    return OnBroken(base::Error(base::ErrorCode::kUnavailable,
                                fmt::format("watch {}: connection broke", resource_.plural)));
  event.received = now + delivery.delay;
  if (!coming_.empty()) event.received = std::max(event.received, coming_.back().received);
  coming_.push_back(std::move(event));
  changed_.Set();
}

void FakeKubeClient::Stream::OnBroken(base::Error error) {
  if (broken_) return;
  broken_ = std::move(error);
  changed_.Set();
}

FakeKubeClient::FakeKubeClient(FakeKube& server, asio::any_io_executor executor, base::Clock& clock,
                               FakeKubeFaults& faults)
    : server_(&server), executor_(std::move(executor)), clock_(clock), faults_(faults) {}

FakeKubeClient::~FakeKubeClient() { Detach(); }

void FakeKubeClient::Detach() {
  for (const auto& [id, stream] : std::exchange(streams_, {})) {
    server_->RemoveWatch(stream->watch());
    stream->Forget();
  }
  server_ = nullptr;
}

void FakeKubeClient::BreakWatches() {
  for (const auto& [id, stream] : streams_) {
    server_->RemoveWatch(stream->watch());
    stream->OnBroken(base::Error(base::ErrorCode::kUnavailable, "watch: connection broke"));
  }
}

void FakeKubeClient::Close(std::uint64_t stream, WatchId watch) {
  streams_.erase(stream);
  server_->RemoveWatch(watch);
}

asio::awaitable<base::Status> FakeKubeClient::Travel(std::chrono::nanoseconds latency,
                                                     base::TimePoint deadline) {
  co_await asio::post(executor_, asio::use_awaitable);
  const base::TimePoint arrival = clock_.Now() + latency;
  VK_CO_CHECK_OK(co_await clock_.SleepUntil(std::min(arrival, deadline)));
  if (arrival > deadline)
    co_return std::unexpected(base::Error(base::ErrorCode::kDeadlineExceeded, "no reply in time"));
  co_return base::Status();
}

template <class T>
asio::awaitable<base::Result<T>> FakeKubeClient::Call(
    std::string verb, Resource resource, ObjectKey key, std::string body, base::TimePoint deadline,
    std::function<base::Result<T>(FakeKube&)> effect) {
  if (server_ == nullptr) co_return std::unexpected(Detached());
  const KubeCall call{verb, resource, key, body};
  const std::string context = fmt::format("{} {}", verb, resource.plural);
  auto request = faults_.BeforeEffect(call);
  if (auto arrived = co_await Travel(request.latency, deadline); !arrived)
    co_return std::unexpected(std::move(arrived).error().In(context));
  if (request.error) co_return std::unexpected(std::move(*request.error));
  if (server_ == nullptr) co_return std::unexpected(Detached());

  base::Result<T> result = effect(*server_);
  auto reply = faults_.AfterEffect(call, result ? nullptr : &result.error());
  if (auto arrived = co_await Travel(reply.latency, deadline); !arrived)
    co_return std::unexpected(std::move(arrived).error().In(context));
  if (reply.error) co_return std::unexpected(std::move(*reply.error));
  if (!result) co_return std::unexpected(std::move(result).error().In(context));
  co_return result;
}

asio::awaitable<base::Result<std::string>> FakeKubeClient::Get(Resource resource, ObjectKey key,
                                                               base::TimePoint deadline) {
  co_return co_await Call<std::string>(
      "get", resource, key, "", deadline,
      [resource, key](FakeKube& server) { return server.Get(resource, key); });
}

asio::awaitable<base::Result<ListPage>> FakeKubeClient::List(Resource resource, std::string ns,
                                                             ListOptions options,
                                                             base::TimePoint deadline) {
  co_return co_await Call<ListPage>(
      "list", resource, ObjectKey{ns, "", ""}, "", deadline,
      [resource, ns, options](FakeKube& server) { return server.List(resource, ns, options); });
}

asio::awaitable<base::Result<std::unique_ptr<WatchStream>>> FakeKubeClient::Watch(
    Resource resource, std::string ns, WatchOptions options, base::TimePoint deadline) {
  co_return co_await Call<std::unique_ptr<WatchStream>>(
      "watch", resource, ObjectKey{ns, "", ""}, "", deadline,
      [this, resource, ns, options](FakeKube& server) {
        return Open(resource, ns, options, server);
      });
}

base::Result<std::unique_ptr<WatchStream>> FakeKubeClient::Open(const Resource& resource,
                                                                const std::string& ns,
                                                                const WatchOptions& options,
                                                                FakeKube& server) {
  const std::uint64_t id = ++last_stream_;
  const ObjectKey key{ns, "", ""};
  const std::chrono::nanoseconds limit =
      faults_.WatchLimit({.verb = "watch", .resource = resource, .key = key, .body = {}});
  auto stream = std::make_unique<Stream>(
      *this, id, resource, key,
      clock_.Now() + std::min<std::chrono::nanoseconds>(options.timeout, limit));
  streams_.emplace(id, stream.get());
  VK_TRY(watch, server.AddWatch(resource, ns, options, *stream));
  stream->set_watch(watch);
  return std::unique_ptr<WatchStream>(std::move(stream));
}

asio::awaitable<base::Result<std::string>> FakeKubeClient::Create(Resource resource, ObjectKey key,
                                                                  std::string object,
                                                                  base::TimePoint deadline) {
  co_return co_await Call<std::string>(
      "create", resource, key, object, deadline,
      [resource, key, object](FakeKube& server) { return server.Create(resource, key, object); });
}

asio::awaitable<base::Result<std::string>> FakeKubeClient::Update(Resource resource, ObjectKey key,
                                                                  std::string object,
                                                                  base::TimePoint deadline) {
  co_return co_await Call<std::string>(
      "update", resource, key, object, deadline,
      [resource, key, object](FakeKube& server) { return server.Update(resource, key, object); });
}

asio::awaitable<base::Result<std::string>> FakeKubeClient::Patch(Resource resource, ObjectKey key,
                                                                 PatchType type, std::string body,
                                                                 base::TimePoint deadline) {
  co_return co_await Call<std::string>("patch", resource, key, body, deadline,
                                       [resource, key, type, body](FakeKube& server) {
                                         return server.Patch(resource, key, type, body);
                                       });
}

asio::awaitable<base::Status> FakeKubeClient::Delete(Resource resource, ObjectKey key,
                                                     DeleteOptions options,
                                                     base::TimePoint deadline) {
  co_return co_await Call<void>(
      "delete", resource, key, "", deadline,
      [resource, key, options](FakeKube& server) { return server.Delete(resource, key, options); });
}

}  // namespace vk::kube
