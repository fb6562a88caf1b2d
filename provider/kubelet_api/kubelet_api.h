#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/http/server.h"
#include "base/log.h"
#include "eci_client/eci_api.h"
#include "provider/agent/pod_access.h"
#include "provider/kube/kube_api.h"
#include "provider/kubelet_api/authenticator.h"
#include "provider/kubelet_api/authorizer.h"
#include "provider/kubelet_api/container_logs.h"
#include "provider/kubelet_api/pod_list.h"

namespace vk::kubelet {

// What it works with; all outlive the KubeletApi.
struct KubeletParts {
  const agent::PodAccess& pods;
  kube::KubeApi& api;
  eci::EciApi& cloud;
  base::Clock& clock;
  base::Log& log;
};

struct KubeletOptions {
  std::string node_name;
  ContainerLogsOptions logs{};
};

// The node's HTTPS API, where the API server fetches logs and monitors look at pods (the kubelet's
// pkg/kubelet/server): /healthz, open to all; /pods and /runningpods, with and without a slash
// behind; /containerLogs. Streams into containers (/exec, /attach, /portForward, /run) are answered
// with 501. Everything but /healthz, also what does not exist, is only for callers
// who are known and allowed. Core thread.
class KubeletApi {
 public:
  KubeletApi(KubeletOptions options, KubeletParts parts);

  // Serves one request: a base::HttpHandler. REQUIRES: outlives the requests that are served.
  boost::asio::awaitable<void> Handle(const base::HttpRequest& request, const base::HttpPeer& peer,
                                      base::HttpResponder& responder);

 private:
  // What to answer a caller who is not let in; nothing for one who is.
  boost::asio::awaitable<std::optional<base::HttpResponse>> Refusal(
      const base::HttpRequest& request, const base::HttpPeer& peer, std::string_view path);
  boost::asio::awaitable<void> Route(std::string path, std::string query,
                                     base::HttpResponder& responder);
  boost::asio::awaitable<void> ServePods(PodSelection selection, base::HttpResponder& responder);

  const KubeletParts parts_;
  Authenticator authenticator_;
  Authorizer authorizer_;
  ContainerLogs logs_;
};

}  // namespace vk::kubelet
