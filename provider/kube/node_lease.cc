#include "provider/kube/node_lease.h"

#include <utility>

#include "base/task_group.h"
#include "proto/kubernetes/coordination/v1/lease.pb.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/object_time.h"

namespace vk::kube {
namespace {

namespace asio = boost::asio;
namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;
using base::ErrorCode;
using base::Status;
using k8s::io::api::coordination::v1::Lease;

constexpr int kConflictTries = 5;
constexpr double kJitter = 0.04;

// The node is the only owner; one of an earlier Node's UID would let the collector delete the
// lease.
void SetOwner(const std::string& node, const std::string& uid, meta::ObjectMeta* metadata) {
  if (uid.empty()) return;
  metadata->clear_ownerreferences();
  meta::OwnerReference& owner = *metadata->add_ownerreferences();
  owner.set_apiversion("v1");
  owner.set_kind("Node");
  owner.set_name(node);
  owner.set_uid(uid);
}

}  // namespace

NodeLease::NodeLease(NodeLeaseOptions options, KubeApi& api, base::Clock& clock,
                     base::Random random, base::Log& log, NodeUid node_uid)
    : options_(std::move(options)),
      api_(api),
      clock_(clock),
      random_(std::move(random)),
      log_(log),
      node_uid_(std::move(node_uid)) {}

asio::awaitable<void> NodeLease::Run() {
  int failures = 0;
  while (!co_await base::Cancelled()) {
    const base::TimePoint begin = clock_.Now();
    const Status renewed = co_await Renew();
    if (!renewed && renewed.error().code == ErrorCode::kCancelled) co_return;
    base::TimePoint next = begin + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                       options_.interval * (1 + kJitter * random_.Fraction()));
    failures = renewed ? 0 : failures + 1;
    if (!renewed) {
      stored_.clear();
      next = clock_.Now() + options_.backoff.Delay(failures, random_);
      log_.Warn("node lease not renewed",
                {{"node", options_.node}, {"error", renewed.error().message}});
    }
    if (!co_await clock_.SleepUntil(next)) co_return;
  }
}

asio::awaitable<Status> NodeLease::Renew() {
  for (int tries = 1;; ++tries) {
    const Status written = co_await WriteOnce();
    const bool lost_race =
        !written && (written.error().code == ErrorCode::kConflict ||
                     written.error().code == ErrorCode::kAlreadyExists ||
                     (written.error().code == ErrorCode::kNotFound && !stored_.empty()));
    if (!lost_race || tries == kConflictTries) co_return written;
    stored_.clear();
  }
}

asio::awaitable<Status> NodeLease::WriteOnce() {
  const ObjectKey key{.ns = options_.ns, .name = options_.node, .subresource = {}};
  const base::TimePoint deadline = clock_.Now() + options_.call_limit;
  if (stored_.empty()) {
    auto read = co_await api_.Get(kLeases, key, deadline);
    if (!read && read.error().code != ErrorCode::kNotFound)
      co_return std::unexpected(std::move(read).error());
    if (read) stored_ = *std::move(read);
  }
  const bool create = stored_.empty();
  Lease lease;
  if (!create) VK_CO_CHECK_OK(FromBytes(stored_, &lease));
  lease.mutable_metadata()->set_namespace_(key.ns);
  lease.mutable_metadata()->set_name(key.name);
  SetOwner(options_.node, node_uid_(), lease.mutable_metadata());
  lease.mutable_spec()->set_holderidentity(options_.node);
  lease.mutable_spec()->set_leasedurationseconds(static_cast<int>(options_.duration.count()));
  SetMicroTime(clock_.WallNow(), lease.mutable_spec()->mutable_renewtime());

  const base::TimePoint sent = clock_.Now();
  auto reply = create ? co_await api_.Create(kLeases, key, ToBytes(lease), deadline)
                      : co_await api_.Update(kLeases, key, ToBytes(lease), deadline);
  if (!reply) co_return std::unexpected(std::move(reply).error());
  stored_ = *std::move(reply);
  last_renewed_ = sent;
  co_return Status();
}

}  // namespace vk::kube
