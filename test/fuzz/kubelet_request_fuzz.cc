// A request as it reaches the node's HTTPS API, from its bytes to its answer. Nobody gets anything
// but health without being known and allowed, whoever is gets exactly one answer, and the bytes may
// come in any pieces.

#include <google/protobuf/stubs/logging.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/http/codec.h"
#include "base/task_group.h"
#include "eci_client/percent_encoding.h"
#include "provider/kubelet_api/kubelet_api.h"
#include "provider/kubelet_api/log_options.h"
#include "test/fuzz/fuzz_check.h"
#include "test/provider/kubelet_api/node_fixture.h"

namespace vk::kubelet {
namespace {

using base::HttpFault;
using base::HttpRequest;

// The request of `bytes` fed in pieces of `step`; nothing when there is no whole one.
std::optional<HttpRequest> Parse(std::string_view bytes, std::size_t step) {
  const auto parser = base::MakeRequestParser({.header_bytes = 1u << 14, .body_bytes = 1u << 16});
  std::string input;
  while (!parser->done()) {
    if (bytes.empty()) return std::nullopt;
    input += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    if (parser->Take(&input) != HttpFault::kNone) return std::nullopt;
  }
  return HttpRequest{.method = parser->method(),
                     .target = parser->target(),
                     .headers = parser->Headers(),
                     .body = parser->TakeBody()};
}

bool Same(const HttpRequest& a, const HttpRequest& b) {
  return a.method == b.method && a.target == b.target && a.headers == b.headers && a.body == b.body;
}

// One node with one pod that has ended, so that every log ends too.
class Node {
 public:
  Node() {
    pods_.Put("web", kEnded);
    cloud_.log = {{1'573'900'000, "first"}, {1'573'900'001, "second"}};
  }
  ~Node() {
    tasks_.Cancel();
    clock_.Advance(std::chrono::seconds(1));
  }

  ReviewingKube& kube() { return kube_; }

  KeptAnswer Answer(const HttpRequest& request, const base::HttpPeer& peer) {
    KeptAnswer answer;
    tasks_.Spawn("request", api_.Handle(request, peer, answer));
    clock_.Advance(std::chrono::hours(1));
    VK_FUZZ_CHECK(tasks_.size() == 0);
    return answer;
  }

 private:
  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  QuietLog log_;
  ListedPods pods_;
  ReviewingKube kube_;
  LoggingCloud cloud_;
  KubeletApi api_{{.node_name = "vk-1"},
                  {.pods = pods_, .api = kube_, .cloud = cloud_, .clock = clock_, .log = log_}};
  base::TaskGroup tasks_{io_.get_executor()};
};

bool IsHealth(const HttpRequest& request) {
  const auto path = eci::PercentDecode(request.target.substr(0, request.target.find('?')));
  return path && *path == "/healthz";
}

void CheckAnswers(const HttpRequest& request) {
  // Unknown: no token is any, and there is no certificate.
  const KeptAnswer unknown = Node().Answer(request, {});
  VK_FUZZ_CHECK(IsHealth(request) ? unknown.status == 200
                                  : unknown.status == 401 || unknown.status == 400);
  // Known, but allowed nothing.
  const base::HttpPeer peer{.address = {}, .common_name = "somebody", .organizations = {}};
  const KeptAnswer powerless = Node().Answer(request, peer);
  VK_FUZZ_CHECK(IsHealth(request) ? powerless.status == 200
                                  : powerless.status == 403 || powerless.status == 400);
  Node node;
  for (const char* const verb : {"get", "create", "update", "patch", "delete"})
    node.kube().allowed.push_back(std::string("somebody ") + verb + " proxy");
  const KeptAnswer allowed = node.Answer(request, peer);
  VK_FUZZ_CHECK(allowed.dropped || (allowed.status >= 200 && allowed.status < 600));
}

void CheckLogOptions(const std::string& target) {
  const base::WallTime now(std::chrono::seconds(1'573'900'100));
  const std::size_t mark = target.find('?');
  if (mark == std::string::npos) return;
  const auto [options, error] = ParseLogOptions(target.substr(mark + 1), now);
  if (error) {
    VK_FUZZ_CHECK(error->http_status == 400 || error->http_status == 422);
    VK_FUZZ_CHECK(!error->text.empty());
    return;
  }
  VK_FUZZ_CHECK(options.tail_lines.value_or(0) >= 0);
  VK_FUZZ_CHECK(options.limit_bytes.value_or(1) >= 1);
}

void Run(std::string_view bytes) {
  const auto request = Parse(bytes, bytes.size() + 1);
  const auto in_pieces = Parse(bytes, 1);
  VK_FUZZ_CHECK(request.has_value() == in_pieces.has_value());
  if (!request) return;
  VK_FUZZ_CHECK(Same(*request, *in_pieces));
  CheckLogOptions(request->target);
  CheckAnswers(*request);
}

}  // namespace
}  // namespace vk::kubelet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // User names of garbage are refused where they become protobuf, with a line each.
  static const google::protobuf::LogSilencer silencer;
  vk::kubelet::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
