#include "provider/kube/http_kube_api.h"

#include <utility>

#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/envelope.h"
#include "provider/kube/http_watch_stream.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/object_codec.h"
#include "provider/kube/resource_path.h"
#include "provider/kube/status_error.h"

namespace vk::kube {
namespace {

namespace asio = boost::asio;
namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;
using base::HttpRequest;
using base::HttpResponse;
using base::Repeat;
using base::Result;
using base::TimePoint;

constexpr std::string_view kAccept = "application/vnd.kubernetes.protobuf,application/json";
constexpr std::size_t kMaxErrorBytes = 64u << 10;

HttpRequest Request(std::string method, std::string target) {
  return {.method = std::move(method),
          .target = std::move(target),
          .headers = {{"Accept", std::string(kAccept)}},
          .body = {}};
}

HttpRequest Request(std::string method, std::string target, std::string_view content_type,
                    std::string body) {
  HttpRequest request = Request(std::move(method), std::move(target));
  request.headers.emplace_back("Content-Type", std::string(content_type));
  request.body = std::move(body);
  return request;
}

std::string Words(std::string_view verb, const Resource& resource, const ObjectKey& key) {
  std::string words = std::string(verb) + " " + std::string(resource.plural);
  if (!key.subresource.empty()) words += "/" + key.subresource;
  if (!key.ns.empty() || !key.name.empty()) words += " ";
  if (!key.ns.empty()) words += key.ns + (key.name.empty() ? "" : "/");
  return words + key.name;
}

std::string DeleteBody(const DeleteOptions& options) {
  meta::DeleteOptions wire;
  if (options.grace_period_seconds) wire.set_graceperiodseconds(*options.grace_period_seconds);
  if (!options.uid.empty()) wire.mutable_preconditions()->set_uid(options.uid);
  return Wrap({.api_version = "v1", .kind = "DeleteOptions", .object = ToBytes(wire)});
}

template <class T>
Result<T> In(Result<T> result, const std::string& what) {
  if (result) return result;
  return std::unexpected(std::move(result).error().In(what));
}

// The rest of a reply that is no watch, as far as it matters.
asio::awaitable<std::string> ErrorBody(base::HttpStream& stream, TimePoint deadline) {
  std::string body;
  while (body.size() < kMaxErrorBytes) {
    const auto bytes = co_await stream.Read(deadline);
    if (!bytes || bytes->empty()) break;
    body += *bytes;
  }
  co_return body;
}

}  // namespace

asio::awaitable<Result<HttpRequest>> HttpKubeApi::Signed(HttpRequest request, TimePoint deadline) {
  VK_CO_TRY(token, co_await tokens_.Token(deadline));
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token.Reveal());
  co_return request;
}

base::HttpTransport& HttpKubeApi::TransportFor(const Resource& resource) const {
  const bool urgent = resource.plural == kLeases.plural ||
                      (resource.plural == kNodes.plural && resource.group.empty());
  return urgent ? urgent_ : transport_;
}

asio::awaitable<Result<HttpResponse>> HttpKubeApi::Call(std::string_view verb, HttpRequest request,
                                                        Resource resource, ObjectKey key,
                                                        Repeat repeat, TimePoint deadline) {
  const std::string what = Words(verb, resource, key);
  // What is to be created has a name already, but the call is about its collection.
  const bool in_collection = key.name.empty() || (verb == "create" && key.subresource.empty());
  const NamedObject named{.resource = resource, .name = key.name};
  for (bool last = false;; last = true) {
    auto sent = co_await Signed(request, deadline);
    if (!sent) co_return std::unexpected(std::move(sent).error().In(what));
    auto response = co_await TransportFor(resource).Send(*std::move(sent), repeat, deadline);
    if (!response) co_return std::unexpected(std::move(response).error().In(what));
    if (response->status < 300) co_return std::move(response);
    if (response->status == 401) tokens_.Rejected();
    if (response->status == 401 && !last) continue;
    co_return std::unexpected(ErrorFromReply(response->status, response->headers, response->body,
                                             in_collection ? nullptr : &named)
                                  .In(what));
  }
}

asio::awaitable<Result<std::string>> HttpKubeApi::CallForObject(std::string_view verb,
                                                                HttpRequest request,
                                                                Resource resource, ObjectKey key,
                                                                Repeat repeat, TimePoint deadline) {
  VK_CO_TRY(response, co_await Call(verb, std::move(request), resource, key, repeat, deadline));
  co_return In(DecodeObject(resource, response.body), Words(verb, resource, key));
}

asio::awaitable<Result<std::string>> HttpKubeApi::Get(Resource resource, ObjectKey key,
                                                      TimePoint deadline) {
  HttpRequest request = Request("GET", ObjectPath(resource, key));
  co_return co_await CallForObject("get", std::move(request), resource, std::move(key),
                                   Repeat::kSafe, deadline);
}

asio::awaitable<Result<ListPage>> HttpKubeApi::List(Resource resource, std::string ns,
                                                    ListOptions options, TimePoint deadline) {
  const ObjectKey all{.ns = ns, .name = {}, .subresource = {}};
  // A continue token carries its own version; the server refuses both together.
  const bool cached = options.freshness == ListFreshness::kCached && options.continue_token.empty();
  std::string target = WithQuery(CollectionPath(resource, ns),
                                 {{"fieldSelector", options.field_selector},
                                  {"labelSelector", options.label_selector},
                                  {"limit", options.limit > 0 ? std::to_string(options.limit) : ""},
                                  {"continue", options.continue_token},
                                  {"resourceVersion", cached ? "0" : ""}});
  VK_CO_TRY(response, co_await Call("list", Request("GET", std::move(target)), resource, all,
                                    Repeat::kSafe, deadline));
  co_return In(DecodeList(resource, response.body), Words("list", resource, all));
}

asio::awaitable<Result<std::unique_ptr<WatchStream>>> HttpKubeApi::Watch(Resource resource,
                                                                         std::string ns,
                                                                         WatchOptions options,
                                                                         TimePoint deadline) {
  const std::string what = Words("watch", resource, {.ns = ns, .name = {}, .subresource = {}});
  const bool initial = options.send_initial_events;
  const HttpRequest request =
      Request("GET", WithQuery(CollectionPath(resource, ns),
                               {{"watch", "1"},
                                {"allowWatchBookmarks", "true"},
                                {"fieldSelector", options.field_selector},
                                {"labelSelector", options.label_selector},
                                {"resourceVersion", options.resource_version},
                                {"sendInitialEvents", initial ? "true" : ""},
                                {"resourceVersionMatch", initial ? "NotOlderThan" : ""},
                                {"timeoutSeconds", std::to_string(options.timeout.count())}}));
  for (bool last = false;; last = true) {
    VK_CO_TRY(sent, co_await Signed(request, deadline));
    auto stream = co_await transport_.Open(std::move(sent), deadline);
    if (!stream) co_return std::unexpected(std::move(stream).error().In(what));
    const int status = (*stream)->status();
    if (status < 300)
      co_return MakeHttpWatchStream(*std::move(stream), MakeWatchDecoder(resource), clock_);
    if (status == 401) tokens_.Rejected();
    if (status == 401 && !last) continue;
    const std::string body = co_await ErrorBody(**stream, deadline);
    co_return std::unexpected(ErrorFromReply(status, (*stream)->headers(), body).In(what));
  }
}

asio::awaitable<Result<std::string>> HttpKubeApi::Create(Resource resource, ObjectKey key,
                                                         std::string object, TimePoint deadline) {
  const bool in_collection = key.subresource.empty();
  std::string path = in_collection ? CollectionPath(resource, key.ns) : ObjectPath(resource, key);
  VK_CO_TRY(body, EncodeObject(resource, key.subresource, std::move(object)));
  HttpRequest request = Request("POST", std::move(path), ContentTypeOf(resource), std::move(body));
  co_return co_await CallForObject("create", std::move(request), resource, std::move(key),
                                   Repeat::kOnce, deadline);
}

asio::awaitable<Result<std::string>> HttpKubeApi::Update(Resource resource, ObjectKey key,
                                                         std::string object, TimePoint deadline) {
  VK_CO_TRY(body, EncodeObject(resource, key.subresource, std::move(object)));
  HttpRequest request =
      Request("PUT", ObjectPath(resource, key), ContentTypeOf(resource), std::move(body));
  co_return co_await CallForObject("update", std::move(request), resource, std::move(key),
                                   Repeat::kOnce, deadline);
}

asio::awaitable<Result<std::string>> HttpKubeApi::Patch(Resource resource, ObjectKey key,
                                                        PatchType type, std::string body,
                                                        TimePoint deadline) {
  const std::string_view content_type = type == PatchType::kStrategicMerge
                                            ? "application/strategic-merge-patch+json"
                                            : "application/merge-patch+json";
  HttpRequest request = Request("PATCH", ObjectPath(resource, key), content_type, std::move(body));
  co_return co_await CallForObject("patch", std::move(request), resource, std::move(key),
                                   Repeat::kOnce, deadline);
}

asio::awaitable<base::Status> HttpKubeApi::Delete(Resource resource, ObjectKey key,
                                                  DeleteOptions options, TimePoint deadline) {
  HttpRequest request =
      Request("DELETE", ObjectPath(resource, key), kProtobufContentType, DeleteBody(options));
  // Repeating is safe: a second delete finds nothing, or the same object with its grace running.
  const auto response = co_await Call("delete", std::move(request), resource, std::move(key),
                                      Repeat::kSafe, deadline);
  if (!response) co_return std::unexpected(response.error());
  co_return base::Status();
}

}  // namespace vk::kube
