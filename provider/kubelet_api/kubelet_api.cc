#include "provider/kubelet_api/kubelet_api.h"

#include <utility>
#include <vector>

#include "eci_client/percent_encoding.h"
#include "provider/kubelet_api/replies.h"

namespace vk::kubelet {
namespace {

using base::ErrorCode;
using base::HttpResponse;

constexpr char kLogsUsage[] = "use /containerLogs/{namespace}/{pod}/{container}";

// The parts between the slashes of "/a/b", empty ones too.
std::vector<std::string> Segments(const std::string& path) {
  std::vector<std::string> segments;
  std::size_t begin = 1;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    segments.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

// The call of the kubelet that needs a stream into the container, or nothing; kubectl shows the
// answer's text.
std::optional<std::string> StreamOf(const std::string& path) {
  const std::vector<std::string> segments = Segments(path);
  for (const char* call : {"exec", "attach", "portForward", "run"}) {
    if (!segments.empty() && segments[0] == call) return call;
  }
  return std::nullopt;
}

}  // namespace

KubeletApi::KubeletApi(KubeletOptions options, KubeletParts parts)
    : parts_(parts),
      authenticator_(parts.api, parts.clock),
      authorizer_(std::move(options.node_name), parts.api, parts.clock),
      logs_(options.logs, parts.pods, parts.cloud, parts.clock, parts.log) {}

// Whether an answer reaches its client is of no interest here.
boost::asio::awaitable<void> KubeletApi::Handle(const base::HttpRequest& request,
                                                const base::HttpPeer& peer,
                                                base::HttpResponder& responder) {
  const std::size_t mark = std::min(request.target.find('?'), request.target.size());
  // Who may go where is decided on the same text that is routed by.
  const auto path = eci::PercentDecode(std::string_view(request.target).substr(0, mark));
  if (!path) {
    (void)co_await responder.Reply(Text(400, "path: " + path.error().message));
    co_return;
  }
  if (*path == "/healthz") {
    (void)co_await responder.Reply(Text(200, "ok"));
    co_return;
  }
  if (auto refusal = co_await Refusal(request, peer, *path)) {
    (void)co_await responder.Reply(*std::move(refusal));
  } else if (const auto stream = StreamOf(*path)) {
    (void)co_await responder.Reply(
        Text(501, "the virtual node does not serve " + *stream + " yet"));
  } else if (request.method != "GET") {
    (void)co_await responder.Reply(Text(405, "only GET is served here"));
  } else {
    const std::string query = request.target.substr(std::min(mark + 1, request.target.size()));
    co_await Route(*path, query, responder);
  }
}

boost::asio::awaitable<std::optional<HttpResponse>> KubeletApi::Refusal(
    const base::HttpRequest& request, const base::HttpPeer& peer, std::string_view path) {
  auto user = co_await authenticator_.Authenticate(request, peer);
  if (!user) {
    const base::Error& error = user.error();
    if (error.code == ErrorCode::kThrottled) co_return Text(429, error.message);
    if (error.code != ErrorCode::kUnauthenticated)
      parts_.log.Warn("caller of the node API cannot be authenticated",
                      {{"peer", peer.address}, {"error", error.message}});
    co_return Text(401, "Unauthorized");
  }
  const base::Status allowed =
      co_await authorizer_.Authorize(*std::move(user), AccessOf(request.method, path));
  if (allowed) co_return std::nullopt;
  if (allowed.error().code == ErrorCode::kPermissionDenied)
    co_return Text(403, allowed.error().message);
  parts_.log.Warn("caller of the node API cannot be authorized",
                  {{"peer", peer.address}, {"error", allowed.error().message}});
  co_return Text(500, allowed.error().message);
}

boost::asio::awaitable<void> KubeletApi::Route(std::string path, std::string query,
                                               base::HttpResponder& responder) {
  const std::vector<std::string> segments = Segments(path);
  const bool root_only = segments.size() == 1 || (segments.size() == 2 && segments[1].empty());
  if (root_only && segments[0] == "pods") {
    co_await ServePods(PodSelection::kAll, responder);
  } else if (root_only && segments[0] == "runningpods") {
    co_await ServePods(PodSelection::kRunning, responder);
  } else if (segments.empty() || segments[0] != "containerLogs") {
    (void)co_await responder.Reply(Text(404, "404 page not found"));
  } else if (segments.size() != 4 || segments[1].empty() || segments[2].empty() ||
             segments[3].empty()) {
    (void)co_await responder.Reply(Text(400, kLogsUsage));
  } else {
    co_await logs_.Serve(segments[1], segments[2], segments[3], std::move(query), responder);
  }
}

boost::asio::awaitable<void> KubeletApi::ServePods(PodSelection selection,
                                                   base::HttpResponder& responder) {
  if (parts_.pods.synced()) {
    (void)co_await WritePodList(parts_.pods, selection, parts_.log, responder);
  } else {
    (void)co_await responder.Reply(Text(503, "the pods of this node are not known yet; try again"));
  }
}

}  // namespace vk::kubelet
