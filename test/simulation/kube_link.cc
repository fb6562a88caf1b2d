#include "test/simulation/kube_link.h"

#include <fmt/format.h>

#include <utility>

namespace vk::simulation {
namespace {

namespace asio = boost::asio;
using base::Result;
using base::TimePoint;

std::string Outcome(const base::Error* error) {
  if (error == nullptr) return "OK";
  return fmt::format("{} {} {}", static_cast<int>(error->code), error->cloud_code, error->message);
}

// Lives in its reader's frame.
class TracedStream final : public kube::WatchStream {
 public:
  TracedStream(std::unique_ptr<kube::WatchStream> next, EventTrace& trace, std::string watch)
      : next_(std::move(next)), trace_(trace), watch_(std::move(watch)) {}

  asio::awaitable<Result<std::vector<kube::WatchEvent>>> Next(TimePoint deadline) override {
    auto events = co_await next_->Next(deadline);
    trace_.NoteDetail(watch_, Outcome(events ? nullptr : &events.error()));
    if (events) {
      for (const kube::WatchEvent& event : *events) {
        trace_.NoteDetail(std::to_string(static_cast<int>(event.type)), event.object);
      }
    }
    co_return events;
  }

 private:
  const std::unique_ptr<kube::WatchStream> next_;
  EventTrace& trace_;
  const std::string watch_;
};

}  // namespace

std::string KubeLink::Sent(std::string_view verb, const kube::Resource& resource,
                           const kube::ObjectKey& key, std::string_view arguments,
                           std::string_view body) {
  std::string call = fmt::format("{} {} {} {}/{}/{} {}", process_, verb, resource.plural, key.ns,
                                 key.name, key.subresource, arguments);
  trace_.NoteDetail(call, body);
  witness_(verb, resource, key, body);
  return call;
}

void KubeLink::Answered(const std::string& call, const Result<std::string>& answer) {
  trace_.NoteDetail(call, answer ? *answer : Outcome(&answer.error()));
}

asio::awaitable<Result<std::string>> KubeLink::Get(kube::Resource resource, kube::ObjectKey key,
                                                   TimePoint deadline) {
  const std::string call = Sent("get", resource, key, "", "");
  auto answer = co_await next_.Get(resource, std::move(key), deadline);
  Answered(call, answer);
  co_return answer;
}

asio::awaitable<Result<kube::ListPage>> KubeLink::List(kube::Resource resource, std::string ns,
                                                       kube::ListOptions options,
                                                       TimePoint deadline) {
  const std::string call =
      Sent("list", resource, {.ns = ns, .name = {}, .subresource = {}},
           fmt::format("{} {} {} {} {}", options.field_selector, options.label_selector,
                       static_cast<int>(options.freshness), options.limit, options.continue_token),
           "");
  auto page = co_await next_.List(resource, std::move(ns), std::move(options), deadline);
  trace_.NoteDetail(call, Outcome(page ? nullptr : &page.error()));
  if (page) {
    trace_.NoteDetail(page->resource_version, page->continue_token);
    for (const std::string& item : page->items) trace_.NoteDetail("item", item);
  }
  co_return page;
}

asio::awaitable<Result<std::unique_ptr<kube::WatchStream>>> KubeLink::Watch(
    kube::Resource resource, std::string ns, kube::WatchOptions options, TimePoint deadline) {
  const std::string call = Sent(
      "watch", resource, {.ns = ns, .name = {}, .subresource = {}},
      fmt::format("{} {} {} {} {}", options.field_selector, options.label_selector,
                  options.resource_version, options.send_initial_events, options.timeout.count()),
      "");
  EventTrace& trace = trace_;
  auto stream = co_await next_.Watch(resource, std::move(ns), std::move(options), deadline);
  trace.NoteDetail(call, Outcome(stream ? nullptr : &stream.error()));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  co_return std::make_unique<TracedStream>(*std::move(stream), trace, call);
}

asio::awaitable<Result<std::string>> KubeLink::Create(kube::Resource resource, kube::ObjectKey key,
                                                      std::string object, TimePoint deadline) {
  const std::string call = Sent("create", resource, key, "", object);
  auto answer = co_await next_.Create(resource, std::move(key), std::move(object), deadline);
  Answered(call, answer);
  co_return answer;
}

asio::awaitable<Result<std::string>> KubeLink::Update(kube::Resource resource, kube::ObjectKey key,
                                                      std::string object, TimePoint deadline) {
  const std::string call = Sent("update", resource, key, "", object);
  auto answer = co_await next_.Update(resource, std::move(key), std::move(object), deadline);
  Answered(call, answer);
  co_return answer;
}

asio::awaitable<Result<std::string>> KubeLink::Patch(kube::Resource resource, kube::ObjectKey key,
                                                     kube::PatchType type, std::string body,
                                                     TimePoint deadline) {
  const std::string call =
      Sent("patch", resource, key, std::to_string(static_cast<int>(type)), body);
  auto answer = co_await next_.Patch(resource, std::move(key), type, std::move(body), deadline);
  Answered(call, answer);
  co_return answer;
}

asio::awaitable<base::Status> KubeLink::Delete(kube::Resource resource, kube::ObjectKey key,
                                               kube::DeleteOptions options, TimePoint deadline) {
  const std::string call =
      Sent("delete", resource, key,
           fmt::format("{} {}", options.grace_period_seconds.value_or(-1), options.uid), "");
  const base::Status done =
      co_await next_.Delete(resource, std::move(key), std::move(options), deadline);
  trace_.NoteDetail(call, Outcome(done ? nullptr : &done.error()));
  co_return done;
}

}  // namespace vk::simulation
