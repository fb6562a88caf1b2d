#include "provider/kube/lease_term.h"

#include <algorithm>
#include <utility>

namespace vk::kube {

using boost::asio::awaitable;

namespace {

constexpr std::chrono::milliseconds kSettlePause{20};

awaitable<void> WaitFor(std::function<bool()> idle, base::TimePoint limit, base::Clock* clock) {
  while (clock->Now() < limit && !idle())
    (void)co_await clock->SleepUntil(std::min(limit, clock->Now() + kSettlePause));
}

}  // namespace

awaitable<void> Settle(base::Clock& clock, base::TimePoint limit, std::function<bool()> idle) {
  co_await base::Shielded(WaitFor(std::move(idle), limit, &clock));
}

LeaseTerms::LeaseTerms(LeaseTermsOptions options, KubeApi& api, base::Clock& clock,
                       base::Random random, base::Log& log,
                       LeaseElection::HolderIsGone holder_is_gone, Hooks hooks,
                       boost::asio::any_io_executor executor)
    : options_(std::move(options)),
      clock_(clock),
      log_(log),
      hooks_(std::move(hooks)),
      executor_(executor),
      election_(options_.lease, api, clock, random, log, std::move(holder_is_gone), *this,
                executor),
      tasks_(executor) {}

awaitable<void> LeaseTerms::Run() {
  tasks_.Spawn("lease " + options_.lease.name, election_.Run());
  while (!co_await base::Cancelled()) {
    if (!co_await election_.WaitHeld()) break;
    LeaseTerm term(election_, executor_);
    term_ = &term;
    co_await hooks_.run(&term);
    term_ = nullptr;
  }
  tasks_.Cancel();
  co_await tasks_.Join();
  co_await base::Shielded(GiveBack());
}

awaitable<void> LeaseTerms::GiveBack() {
  const base::Status released = co_await election_.Release(clock_.Now() + options_.release_limit);
  if (!released) {
    log_.Warn("cannot give a lease back",
              {{"lease", options_.lease.name}, {"error", released.error().message}});
  }
}

void LeaseTerms::OnHeld() {
  other_holder_.clear();
  hooks_.on_held();
}

void LeaseTerms::OnLost() {
  log_.Warn("a lease was not renewed in time: until it is, no create, update or delete is sent",
            {{"lease", options_.lease.name}, {"of", options_.subject}});
}

void LeaseTerms::OnWaiting(std::string_view holder) {
  other_holder_ = holder;
  log_.Write(
      options_.waiting_level,
      holder.empty() ? "another process had the lease meanwhile" : "another process has the lease",
      {{"lease", options_.lease.name}, {"of", options_.subject}, {"holder", other_holder_}});
  if (term_ != nullptr) term_->End();
}

void LeaseTerms::OnRestored() {
  log_.Warn("the API server was restored from an older backup; relisting everything",
            {{"lease", options_.lease.name}});
  if (term_ != nullptr) term_->End();
}

}  // namespace vk::kube
