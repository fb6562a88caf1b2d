#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "provider/kube/testing/stored_kind.h"

namespace vk::kube {

// Answers POST serviceaccounts/<name>/token: the TokenRequest in `request` with a status. The token
// has claims that say when it ends and name its account and pod, made unique by `nonce`; nothing
// checks it. With `extend` one for the server's own audience and 3607 s lasts a year, though the
// status says an hour. `find_pod` returns a pod of the account's namespace by name, or null.
// Errors: 404 for a pod that is not there, 400 for one of another account, 409 for one with another
// uid, 422 for less than ten minutes. Source:
// pkg/registry/core/serviceaccount/storage/token.go of Kubernetes.
base::Result<std::string> IssueServiceAccountToken(
    const StoredObject& account, std::string_view request,
    const std::function<MessagePtr(const std::string& name)>& find_pod, base::WallTime now,
    const std::string& nonce, bool extend);

}  // namespace vk::kube
