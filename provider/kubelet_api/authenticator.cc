#include "provider/kubelet_api/authenticator.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/sha256.h"
#include "proto/kubernetes/authentication/v1/authentication.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kubelet {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using k8s::io::api::authentication::v1::TokenReview;

constexpr std::chrono::minutes kAcceptedFor{2};
constexpr std::chrono::seconds kRefusedFor{10};
constexpr std::chrono::seconds kReviewLimit{10};
// Anybody can send tokens; the agent's own calls to the API server must not wait behind them.
constexpr int kMaxReviews = 8;
constexpr char kAuthenticatedGroup[] = "system:authenticated";

Error Unauthenticated(const char* why) { return Error(ErrorCode::kUnauthenticated, why); }

// Empty when there is none. The scheme's case does not matter (RFC 9110, 11.1).
std::string_view BearerToken(const base::HttpRequest& request) {
  static constexpr std::string_view kScheme = "bearer ";
  std::string_view value = base::FindHeader(request.headers, "Authorization");
  const bool bearer =
      value.size() > kScheme.size() &&
      std::equal(kScheme.begin(), kScheme.end(), value.begin(), [](char expected, char found) {
        return expected == (found >= 'A' && found <= 'Z' ? found - 'A' + 'a' : found);
      });
  if (!bearer) return {};
  value.remove_prefix(std::min(value.find_first_not_of(' ', kScheme.size()), value.size()));
  return value;
}

User UserOfCertificate(const base::HttpPeer& peer) {
  User user{.name = peer.common_name, .uid = {}, .groups = peer.organizations, .extra = {}};
  if (std::ranges::find(user.groups, kAuthenticatedGroup) == user.groups.end())
    user.groups.emplace_back(kAuthenticatedGroup);
  return user;
}

User UserOfReview(const k8s::io::api::authentication::v1::UserInfo& info) {
  User user{.name = info.username(),
            .uid = info.uid(),
            .groups = {info.groups().begin(), info.groups().end()},
            .extra = {}};
  for (const auto& [key, value] : info.extra())
    user.extra[key] = {value.items().begin(), value.items().end()};
  return user;
}

}  // namespace

boost::asio::awaitable<Result<User>> Authenticator::Authenticate(const base::HttpRequest& request,
                                                                 const base::HttpPeer& peer) {
  if (!peer.common_name.empty()) co_return UserOfCertificate(peer);
  const std::string_view token = BearerToken(request);
  if (token.empty())
    co_return std::unexpected(
        Unauthenticated("neither a client certificate nor a bearer token was shown"));
  co_return co_await ReviewToken(std::string(token));
}

boost::asio::awaitable<Result<User>> Authenticator::ReviewToken(std::string token) {
  const std::string key = base::Sha256Hex(token);
  if (auto known = accepted_.Find(key, clock_.Now())) co_return *std::move(known);
  if (refused_.Find(key, clock_.Now()))
    co_return std::unexpected(Unauthenticated("the bearer token was refused"));
  if (running_reviews_ >= kMaxReviews)
    co_return std::unexpected(
        Error(ErrorCode::kThrottled, "too many bearer tokens are being reviewed; try again"));
  ++running_reviews_;
  auto user = co_await AskApiServer(std::move(token));
  --running_reviews_;
  if (user) {
    accepted_.Keep(key, *user, clock_.Now() + kAcceptedFor);
  } else if (user.error().code == ErrorCode::kUnauthenticated) {
    refused_.Keep(key, true, clock_.Now() + kRefusedFor);
  }
  co_return user;
}

boost::asio::awaitable<Result<User>> Authenticator::AskApiServer(std::string token) {
  TokenReview review;
  review.mutable_spec()->set_token(std::move(token));
  auto answer = co_await api_.Create(kube::kTokenReviews, {}, kube::ToBytes(review),
                                     clock_.Now() + kReviewLimit);
  // A refusal of the review itself, 401 of ours among them, says nothing about the token.
  if (!answer)
    co_return std::unexpected(
        Error(ErrorCode::kUnavailable, "review bearer token: " + answer.error().message));
  VK_CO_CHECK_OK(kube::FromBytes(*answer, &review));
  if (!review.status().authenticated() || review.status().user().username().empty())
    co_return std::unexpected(Unauthenticated("the bearer token was refused"));
  co_return UserOfReview(review.status().user());
}

}  // namespace vk::kubelet
