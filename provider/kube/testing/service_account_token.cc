#include "provider/kube/testing/service_account_token.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/proto_json/base64.h"
#include "proto/kubernetes/authentication/v1/authentication.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/object_time.h"
#include "provider/kube/testing/api_error.h"

namespace vk::kube {
namespace {

namespace authentication = k8s::io::api::authentication::v1;
namespace core = k8s::io::api::core::v1;

constexpr std::int64_t kLeastSeconds = 600;
constexpr std::int64_t kDefaultSeconds = 3600;
// What admission asks for, and how long such a token for the server's own audience really lasts.
// Source: pkg/serviceaccount, WarnOnlyBoundTokenExpirationPeriod and ExpirationExtensionSeconds.
constexpr std::int64_t kAdmissionSeconds = 3607;
constexpr std::int64_t kExtendedSeconds = 365 * 24 * 3600;

std::string UrlForm(std::string_view bytes) {
  std::string text = base::Base64Encode(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.resize(text.find_last_not_of('=') + 1);
  return text;
}

base::Status CheckPod(const StoredObject& account,
                      const authentication::BoundObjectReference& reference, const core::Pod* pod) {
  if (pod == nullptr) {
    // The call was about the account: that another object is missing says nothing of it, as for
    // every client of the real API server here.
    base::Error missing = NotFound("pods", reference.name());
    missing.code = base::ErrorCode::kUnavailable;
    return std::unexpected(std::move(missing));
  }
  if (pod->spec().serviceaccountname() != account.name)
    return std::unexpected(BadRequest(
        fmt::format("cannot bind token for serviceaccount \"{}\" to pod running with different "
                    "serviceaccount name",
                    account.name)));
  if (reference.uid().empty() || reference.uid() == pod->metadata().uid()) return {};
  return std::unexpected(
      Conflict("Pod", reference.name(),
               fmt::format("the UID in the bound object reference ({}) does not match the UID in "
                           "record",
                           reference.uid())));
}

}  // namespace

base::Result<std::string> IssueServiceAccountToken(
    const StoredObject& account, std::string_view request,
    const std::function<MessagePtr(const std::string& name)>& find_pod, base::WallTime now,
    const std::string& nonce, bool extend) {
  authentication::TokenRequest token;
  if (auto parsed = FromBytes(request, &token); !parsed)
    return std::unexpected(BadRequest(parsed.error().message));
  authentication::TokenRequestSpec& spec = *token.mutable_spec();
  if (!spec.has_expirationseconds()) spec.set_expirationseconds(kDefaultSeconds);
  if (spec.expirationseconds() < kLeastSeconds)
    return std::unexpected(Invalid("TokenRequest", "", "spec.expirationSeconds",
                                   "may not specify a duration less than 10 minutes"));
  std::string bound;
  if (spec.boundobjectref().kind() == "Pod") {
    const MessagePtr pod = find_pod(spec.boundobjectref().name());
    VK_CHECK_OK(CheckPod(account, spec.boundobjectref(), static_cast<const core::Pod*>(pod.get())));
    bound = static_cast<const core::Pod*>(pod.get())->metadata().uid();
  }
  token.mutable_metadata()->set_name(account.name);
  token.mutable_metadata()->set_namespace_(account.ns);
  SetTime(now, token.mutable_metadata()->mutable_creationtimestamp());
  const bool extended =
      extend && spec.audiences().empty() && spec.expirationseconds() == kAdmissionSeconds;
  const auto ends =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() +
      (extended ? kExtendedSeconds : spec.expirationseconds());
  const std::string claims = fmt::format(R"({{"exp":{},"sub":"{}/{}","pod":"{}"}})", ends,
                                         account.ns, account.name, bound);
  token.mutable_status()->set_token("fake-token." + UrlForm(claims) + "." + nonce);
  SetTime(now + std::chrono::seconds(spec.expirationseconds()),
          token.mutable_status()->mutable_expirationtimestamp());
  return ToBytes(token);
}

}  // namespace vk::kube
