#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "provider/kube/kube_api.h"
#include "provider/kubelet_api/review_cache.h"
#include "provider/kubelet_api/user.h"

namespace vk::kubelet {

// What a request is in the words of RBAC: a verb on subresources of this node, one of which has to
// be allowed.
struct NodeAccess {
  std::string verb;
  std::vector<std::string_view> subresources;  // In the order they are asked for.
};

// The kubelet's table (pkg/kubelet/server/auth.go, with KubeletFineGrainedAuthz). One difference:
// exec, attach, run and portForward always need `create`, since a WebSocket opens with a GET, and
// whoever may only look (`get nodes/proxy`) must not run commands.
NodeAccess AccessOf(std::string_view method, std::string_view path);

// Asks the API server whether a user may (SubjectAccessReview). What was allowed stays so for five
// minutes, what was refused for thirty seconds. Core thread.
class Authorizer {
 public:
  // REQUIRES: `api` and `clock` outlive it.
  Authorizer(std::string node_name, kube::KubeApi& api, base::Clock& clock);

  // Errors: kPermissionDenied; those of the review otherwise, and then nothing is allowed.
  boost::asio::awaitable<base::Status> Authorize(User user, NodeAccess access);

 private:
  boost::asio::awaitable<base::Result<bool>> IsAllowed(const User& user, const std::string& verb,
                                                       std::string_view subresource);

  const std::string node_name_;
  kube::KubeApi& api_;
  base::Clock& clock_;
  ReviewCache<bool> answers_{1024};
};

}  // namespace vk::kubelet
