#include "provider/kube/lease_election.h"

#include <algorithm>
#include <utility>

#include "base/task_group.h"
#include "proto/kubernetes/coordination/v1/lease.pb.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/object_time.h"

namespace vk::kube {
namespace {

namespace asio = boost::asio;
using base::ErrorCode;
using base::Status;
using base::TimePoint;

// Tries of those who wait spread by a fifth, so that they do not collide for ever.
constexpr double kSpread = 0.2;

// Resource versions of one kind are numbers that grow. Source: Kubernetes API concepts, "resource
// versions".
bool IsOlder(const std::string& version, const std::string& than) {
  if (version.size() != than.size()) return version.size() < than.size();
  return version < than;
}

}  // namespace

LeaseElection::LeaseElection(LeaseElectionOptions options, KubeApi& api, base::Clock& clock,
                             base::Random random, base::Log& log, HolderIsGone holder_is_gone,
                             LeaseObserver& observer, asio::any_io_executor executor)
    : options_(std::move(options)),
      api_(api),
      clock_(clock),
      random_(random),
      log_(log),
      holder_is_gone_(std::move(holder_is_gone)),
      observer_(observer),
      held_(std::move(executor)) {}

asio::awaitable<void> LeaseElection::Run() {
  while (!co_await base::Cancelled()) {
    const TimePoint begin = clock_.Now();
    TimePoint deadline = begin + options_.call_limit;
    // A call in flight must not hide the moment at which we have to stop.
    if (Held()) deadline = std::min(deadline, held_until_);
    const Status tried = co_await TryOnce(deadline);
    if (!tried && tried.error().code == ErrorCode::kCancelled) co_return;
    if (!tried) {
      last_written_.clear();
      log_.Warn("lease not renewed",
                {{"lease", options_.ns + "/" + options_.name}, {"error", tried.error().message}});
    }
    NoteLoss();
    const auto spread = std::chrono::duration_cast<std::chrono::nanoseconds>(
        options_.retry * (1 + (was_held_ ? 0 : kSpread * random_.Fraction())));
    TimePoint next = begin + spread;
    if (was_held_) next = std::min(next, held_until_);
    if (!co_await clock_.SleepUntil(next)) co_return;
    NoteLoss();
  }
}

asio::awaitable<Status> LeaseElection::WaitHeld() {
  while (!Held()) VK_CO_CHECK_OK(co_await held_.Wait());
  co_return Status();
}

// One round: our own lease is renewed as we last wrote it; else it is read and perhaps taken.
asio::awaitable<Status> LeaseElection::TryOnce(TimePoint deadline) {
  Lease lease;
  if (was_held_ && !last_written_.empty()) {
    VK_CO_CHECK_OK(FromBytes(last_written_, &lease));
    const Status renewed = co_await Take(std::move(lease), deadline);
    if (renewed || renewed.error().code != ErrorCode::kConflict) co_return renewed;
    // Somebody else wrote it: while we do not know who, we must not act.
    last_written_.clear();
    lease = Lease();
  }
  const auto read = co_await api_.Get(
      kLeases, {.ns = options_.ns, .name = options_.name, .subresource = {}}, deadline);
  if (!read && read.error().code != ErrorCode::kNotFound) co_return std::unexpected(read.error());
  if (read) VK_CO_CHECK_OK(FromBytes(*read, &lease));
  if (!MayTake(lease)) co_return Status();
  co_return co_await Take(std::move(lease), deadline);
}

bool LeaseElection::MayTake(const Lease& lease) {
  Observe(lease);
  const std::string& holder = lease.spec().holderidentity();
  if (holder.empty() || holder == options_.identity) {
    if (!told_holder_ && WrittenByAnother(lease)) TellWaiting("");
    return was_held_ || !turned_back_ || Expired(lease);
  }
  held_until_ = TimePoint::min();
  const bool free = Expired(lease) || holder_is_gone_(holder);
  // The earlier holder must learn that another one acted in between, even if that is over.
  if (told_holder_ != holder && (!free || ever_held_)) TellWaiting(holder);
  return free;
}

// The lease names us or nobody. What a restored API server says is told as such.
bool LeaseElection::WrittenByAnother(const Lease& lease) const {
  if (!ever_held_ || turned_back_) return false;
  if (lease.spec().holderidentity().empty()) return true;
  if (lease.spec().leasetransitions() != renewed_transitions_) return true;
  return !write_open_ && lease.metadata().resourceversion() != renewed_version_;
}

void LeaseElection::TellWaiting(const std::string& holder) {
  held_until_ = TimePoint::min();
  told_holder_ = holder;
  observer_.OnWaiting(holder);
}

bool LeaseElection::Expired(const Lease& lease) const {
  const bool told = lease.spec().has_leasedurationseconds() && !turned_back_;
  const auto duration =
      told ? std::chrono::seconds(lease.spec().leasedurationseconds()) : options_.duration;
  return clock_.Now() >= observed_at_ + duration;
}

void LeaseElection::Observe(const Lease& lease) {
  const std::string& version = lease.metadata().resourceversion();
  if (version == observed_version_) return;
  const bool older = IsOlder(version, observed_version_);
  observed_version_ = version;
  observed_at_ = clock_.Now();
  if (!older) return;
  turned_back_ = true;
  observer_.OnRestored();
}

asio::awaitable<Status> LeaseElection::Take(Lease lease, TimePoint deadline) {
  const bool create = lease.metadata().resourceversion().empty();
  auto& spec = *lease.mutable_spec();
  SetMicroTime(clock_.WallNow(), spec.mutable_renewtime());
  if (spec.holderidentity() != options_.identity) {
    if (!create) spec.set_leasetransitions(spec.leasetransitions() + 1);
    *spec.mutable_acquiretime() = spec.renewtime();
  }
  spec.set_holderidentity(options_.identity);
  spec.set_leasedurationseconds(static_cast<int>(options_.duration.count()));
  const ObjectKey key{.ns = options_.ns, .name = options_.name, .subresource = {}};
  lease.mutable_metadata()->set_namespace_(key.ns);
  lease.mutable_metadata()->set_name(key.name);

  const TimePoint sent = clock_.Now();
  const bool was_open = std::exchange(write_open_, true);
  const auto reply = create ? co_await api_.Create(kLeases, key, ToBytes(lease), deadline)
                            : co_await api_.Update(kLeases, key, ToBytes(lease), deadline);
  if (!reply) {
    const ErrorCode code = reply.error().code;
    const bool refused = code == ErrorCode::kConflict || code == ErrorCode::kAlreadyExists;
    write_open_ = was_open || !refused;
    co_return std::unexpected(reply.error());
  }
  Renewed(sent, *reply);
  co_return Status();
}

void LeaseElection::Renewed(TimePoint sent, const std::string& reply) {
  // Lost and taken back within one round is lost, too: whoever asked in between was told no.
  const bool had = was_held_ && Held();
  last_written_ = reply;
  turned_back_ = false;
  write_open_ = false;
  if (Lease stored; FromBytes(reply, &stored)) {
    observed_version_ = stored.metadata().resourceversion();
    renewed_version_ = observed_version_;
    renewed_transitions_ = stored.spec().leasetransitions();
  }
  held_until_ = sent + options_.renew_within;
  told_holder_.reset();
  if (!Held()) return;
  held_.Set();
  was_held_ = true;
  ever_held_ = true;
  if (!had) observer_.OnHeld();
}

void LeaseElection::NoteLoss() {
  if (!was_held_ || Held()) return;
  was_held_ = false;
  last_written_.clear();
  observer_.OnLost();
}

asio::awaitable<Status> LeaseElection::Release(TimePoint deadline) {
  held_until_ = TimePoint::min();
  const ObjectKey key{.ns = options_.ns, .name = options_.name, .subresource = {}};
  // What Run wrote last may be unknown: it was cancelled.
  VK_CO_TRY(read, co_await api_.Get(kLeases, key, deadline));
  Lease lease;
  VK_CO_CHECK_OK(FromBytes(read, &lease));
  if (lease.spec().holderidentity() != options_.identity) co_return Status();
  lease.mutable_spec()->set_holderidentity("");
  lease.mutable_spec()->set_leasedurationseconds(1);
  SetMicroTime(clock_.WallNow(), lease.mutable_spec()->mutable_renewtime());
  const auto written = co_await api_.Update(kLeases, key, ToBytes(lease), deadline);
  if (!written) co_return std::unexpected(written.error());
  co_return Status();
}

}  // namespace vk::kube
