#include "provider/kubelet_api/authorizer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <utility>

#include "base/sha256.h"
#include "proto/kubernetes/authorization/v1/authorization.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kubelet {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using k8s::io::api::authorization::v1::SubjectAccessReview;

constexpr std::chrono::minutes kAllowedFor{5};
constexpr std::chrono::seconds kRefusedFor{30};
constexpr std::chrono::seconds kReviewLimit{10};

struct Rule {
  std::string_view path;  // And whatever is below it.
  std::vector<std::string_view> subresources;
  bool runs_code = false;
};

const std::vector<Rule>& Rules() {
  static const std::vector<Rule> rules = {
      {"/pods", {"pods", "proxy"}},
      {"/runningpods", {"pods", "proxy"}},
      {"/healthz", {"healthz", "proxy"}},
      {"/configz", {"configz", "proxy"}},
      {"/stats", {"stats"}},
      {"/metrics", {"metrics"}},
      {"/logs", {"log"}},
      {"/checkpoint", {"checkpoint"}},
      {"/exec", {"proxy"}, true},
      {"/attach", {"proxy"}, true},
      {"/run", {"proxy"}, true},
      {"/portForward", {"proxy"}, true},
  };
  return rules;
}

bool IsBelow(std::string_view path, std::string_view root) {
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

std::string VerbOf(std::string_view method) {
  static constexpr std::pair<std::string_view, std::string_view> kVerbs[] = {
      {"GET", "get"},    {"HEAD", "get"},    {"POST", "create"},
      {"PUT", "update"}, {"PATCH", "patch"}, {"DELETE", "delete"}};
  for (const auto& [name, verb] : kVerbs)
    if (name == method) return std::string(verb);
  return {};
}

SubjectAccessReview MakeReview(const User& user, const std::string& node, const std::string& verb,
                               std::string_view subresource) {
  SubjectAccessReview review;
  auto& spec = *review.mutable_spec();
  spec.set_user(user.name);
  if (!user.uid.empty()) spec.set_uid(user.uid);
  for (const std::string& group : user.groups) spec.add_groups(group);
  for (const auto& [key, values] : user.extra)
    for (const std::string& value : values) (*spec.mutable_extra())[key].add_items(value);
  auto& attributes = *spec.mutable_resourceattributes();
  attributes.set_verb(verb);
  attributes.set_version("v1");
  attributes.set_resource("nodes");
  attributes.set_subresource(std::string(subresource));
  attributes.set_name(node);
  return review;
}

}  // namespace

NodeAccess AccessOf(std::string_view method, std::string_view path) {
  for (const Rule& rule : Rules()) {
    if (!IsBelow(path, rule.path)) continue;
    return {.verb = rule.runs_code ? "create" : VerbOf(method), .subresources = rule.subresources};
  }
  return {.verb = VerbOf(method), .subresources = {"proxy"}};
}

Authorizer::Authorizer(std::string node_name, kube::KubeApi& api, base::Clock& clock)
    : node_name_(std::move(node_name)), api_(api), clock_(clock) {}

boost::asio::awaitable<Status> Authorizer::Authorize(User user, NodeAccess access) {
  if (!access.verb.empty()) {
    for (const std::string_view subresource : access.subresources) {
      VK_CO_TRY(allowed, co_await IsAllowed(user, access.verb, subresource));
      if (allowed) co_return Status();
    }
  }
  co_return std::unexpected(
      Error(ErrorCode::kPermissionDenied,
            fmt::format("Forbidden (user={}, verb={}, resource=nodes, subresource(s)=[{}])",
                        user.name, access.verb, fmt::join(access.subresources, " "))));
}

boost::asio::awaitable<Result<bool>> Authorizer::IsAllowed(const User& user,
                                                           const std::string& verb,
                                                           std::string_view subresource) {
  SubjectAccessReview review = MakeReview(user, node_name_, verb, subresource);
  std::string bytes = kube::ToBytes(review);
  const std::string key = base::Sha256Hex(bytes);
  if (const auto known = answers_.Find(key, clock_.Now())) co_return *known;
  auto answer = co_await api_.Create(kube::kSubjectAccessReviews, {}, std::move(bytes),
                                     clock_.Now() + kReviewLimit);
  // Whatever went wrong here is our trouble, not the caller's.
  if (!answer)
    co_return std::unexpected(
        Error(ErrorCode::kUnavailable,
              fmt::format("Authorization error (user={}, verb={}, resource=nodes, subresource={}): "
                          "{}",
                          user.name, verb, subresource, answer.error().message)));
  VK_CO_CHECK_OK(kube::FromBytes(*answer, &review));
  const bool allowed = review.status().allowed() && !review.status().denied();
  answers_.Keep(key, allowed,
                clock_.Now() + (allowed ? std::chrono::seconds(kAllowedFor) : kRefusedFor));
  co_return allowed;
}

}  // namespace vk::kubelet
