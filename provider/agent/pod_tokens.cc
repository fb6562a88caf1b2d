#include "provider/agent/pod_tokens.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/proto_json/rfc3339.h"
#include "proto/kubernetes/authentication/v1/authentication.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/agent/scratch_pods.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/token_expiry.h"

namespace vk::agent {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::chrono::seconds kCallLimit{10};
// What admission's volume asks for. Source: Kubernetes, plugin/pkg/admission/serviceaccount.
constexpr std::int64_t kAdmissionSeconds = 3607;
// A token that lasts as long needs no longer one, and one that ends that far away no warning.
constexpr std::chrono::seconds kLongEnough = std::chrono::hours(24);
constexpr std::chrono::seconds kFarAway = std::chrono::days(90);

}  // namespace

boost::asio::awaitable<base::Result<FetchedTokens>> PodTokens::Fetch(
    std::shared_ptr<const PodSnapshot> pod, std::vector<translate::TokenReference> references) {
  FetchedTokens fetched;
  auto first_end = std::numeric_limits<std::int64_t>::max();
  const translate::TokenReference* first = nullptr;
  for (const translate::TokenReference& reference : references) {
    VK_CO_TRY(issued, co_await Lasting(pod, reference));
    fetched.texts[reference] = std::move(issued.text);
    if (first != nullptr && issued.ends >= first_end) continue;
    first_end = issued.ends;
    first = &reference;
  }
  if (first != nullptr) WarnOfEnd(*pod, *first, first_end, &fetched);
  co_return fetched;
}

boost::asio::awaitable<base::Result<PodTokens::Issued>> PodTokens::Lasting(
    std::shared_ptr<const PodSnapshot> pod, translate::TokenReference token) {
  VK_CO_TRY(issued, co_await Request(pod, token));
  const bool admissions = token.audience.empty() && token.expiration_seconds == kAdmissionSeconds;
  const bool lasts = issued.ends - WallSeconds() >= kLongEnough.count();
  if (!admissions || lasts || lifetime_.count() <= kAdmissionSeconds) co_return std::move(issued);
  token.expiration_seconds = lifetime_.count();
  co_return co_await Request(std::move(pod), std::move(token));
}

boost::asio::awaitable<base::Result<PodTokens::Issued>> PodTokens::Request(
    std::shared_ptr<const PodSnapshot> pod, translate::TokenReference token) {
  k8s::io::api::authentication::v1::TokenRequest request;
  auto* const spec = request.mutable_spec();
  if (!token.audience.empty()) spec->add_audiences(token.audience);
  spec->set_expirationseconds(token.expiration_seconds);
  auto* const bound = spec->mutable_boundobjectref();
  bound->set_kind("Pod");
  bound->set_apiversion("v1");
  bound->set_name(pod->name);
  bound->set_uid(pod->uid);
  const kube::ObjectKey key{.ns = pod->ns, .name = token.service_account, .subresource = "token"};
  auto reply = co_await api_.Create(kube::kServiceAccounts, key, kube::ToBytes(request),
                                    clock_.Now() + kCallLimit);
  if (!reply)
    co_return std::unexpected(
        std::move(reply).error().In("request a token of ServiceAccount " + key.name));
  k8s::io::api::authentication::v1::TokenRequest issued;
  if (!issued.ParseFromString(*reply) || issued.status().token().empty()) {
    co_return std::unexpected(Error(ErrorCode::kInternal, "request a token: the reply holds none"));
  }
  const std::string& text = issued.status().token();
  co_return Issued{
      .text = text,
      .ends = kube::TokenEnds(text).value_or(issued.status().expirationtimestamp().seconds())};
}

std::int64_t PodTokens::WallSeconds() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.WallNow().time_since_epoch())
      .count();
}

void PodTokens::WarnOfEnd(const PodSnapshot& snapshot, const translate::TokenReference& token,
                          std::int64_t ends, FetchedTokens* fetched) const {
  if (ends >= WallSeconds() + kFarAway.count()) return;
  ScratchPods scratch;
  const auto* const pod = scratch.Parse(snapshot.bytes);
  const bool over_before = pod != nullptr && pod->spec().has_activedeadlineseconds() &&
                           pod->spec().activedeadlineseconds() <= ends - WallSeconds();
  if (over_before) return;
  const std::string when = base::FormatRfc3339({.seconds = ends}).value_or("an unknown time");
  const std::string whose =
      token.audience.empty() ? "" : " for the audience \"" + token.audience + "\"";
  fetched->notices.push_back(
      {.warning = true,
       .reason = "TokenNotRenewed",
       .message = "The ServiceAccount token" + whose + " in the volume \"" + token.volume +
                  "\" ends at " + when +
                  " and is not renewed, since the files of a container group are written once. If "
                  "the pod runs longer, it is refused from then on: give it an "
                  "activeDeadlineSeconds, or see --token-lifetime"});
}

}  // namespace vk::agent
