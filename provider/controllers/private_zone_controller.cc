#include "provider/controllers/private_zone_controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/backoff.h"
#include "base/event.h"
#include "base/keyed_workers.h"
#include "base/task_group.h"
#include "provider/controllers/private_zone.h"
#include "provider/controllers/service_table.h"
#include "provider/kube/cluster_uid.h"
#include "provider/kube/reflector.h"
#include "provider/translate/service_zone.h"

namespace vk::controllers {
namespace {

using base::TimePoint;
using boost::asio::awaitable;

constexpr char kLease[] = "virtual-node-private-zone";
constexpr std::size_t kLongestRemark = 50;
constexpr int kSightings = 2;
constexpr base::ExponentialBackoff kBackoff{.first = std::chrono::milliseconds(1'000),
                                            .cap = std::chrono::milliseconds(60'000)};

PrivateZoneOptions ZoneOptions(const PrivateZoneControllerOptions& options,
                               const std::string& owner) {
  return {.name = translate::ServiceZone(options.cluster_domain, options.cluster_id),
          .region = options.region,
          .vpc = options.vpc,
          .remark = ("virtual-node " + owner).substr(0, kLongestRemark),
          .call_limit = options.call_limit};
}

kube::ReflectorOptions All(kube::Resource resource) {
  return {.resource = resource, .ns = {}, .field_selector = {}, .label_selector = {}};
}

}  // namespace

// Everything of one term of the Lease.
class PrivateZoneController::Session {
 public:
  // REQUIRES: `term` outlives it.
  Session(PrivateZoneController& controller, kube::LeaseTerm& term, base::Random random)
      : options_(controller.options_),
        parts_(controller.parts_),
        term_(term),
        random_(random),
        zone_options_(ZoneOptions(controller.options_, controller.owner_)),
        tasks_(controller.executor_),
        zone_(zone_options_, parts_.zones, parts_.clock, random.Split("zone")),
        poll_(controller.executor_),
        workers_(
            "zone record", options_.max_active,
            [this](std::string record) { return Step(std::move(record)); }, tasks_, parts_.clock,
            controller.executor_),
        table_(options_.all, MakeHooks()),
        services_(All(kube::kServices), parts_.api, parts_.clock, random.Split("services"),
                  parts_.log, parts_.metrics, table_.service_sink()),
        slices_(All(kube::kEndpointSlices), parts_.api, parts_.clock, random.Split("slices"),
                parts_.log, parts_.metrics, table_.slice_sink()),
        records_(parts_.metrics.GetGauge("virtual_node_zone_records",
                                         "Records of ours in PrivateZone.")),
        errors_(parts_.metrics.GetCounter("virtual_node_zone_errors_total",
                                          "Polls of PrivateZone and writes to it that failed.")) {}

  awaitable<void> Run() {
    workers_.Start();
    tasks_.Spawn("services", services_.Run());
    tasks_.Spawn("endpoint slices", slices_.Run());
    tasks_.Spawn("zone", KeepZone());
    (void)co_await term_.WaitOver();  // Cancelled or told: the session ends either way.
    stopping_ = true;
    co_await kube::Settle(parts_.clock, parts_.clock.Now() + options_.settle_limit,
                          [this] { return workers_.idle() && !polling_; });
    tasks_.Cancel();
    co_await tasks_.Join();
    records_.Set(0);
  }

  void PollAgain() { poll_.Set(); }

 private:
  ServiceTable::Hooks MakeHooks() {
    return {.on_change = [this](const std::string& service) { ServiceChanged(service); },
            .on_list = [this] { ListEnded(); },
            .on_unreadable_service = [this] { services_.Distrust(); },
            .on_unreadable_slice = [this] { slices_.Distrust(); }};
  }

  void ListEnded() {
    if (!table_.synced() || started_) return;
    started_ = true;
    for (const auto& [service, facts] : table_.services()) ServiceChanged(service);
    poll_.Set();
  }

  void ServiceChanged(const std::string& service) {
    if (!started_) return;
    const std::vector<ServiceRecord> now = table_.Records(service);
    std::vector<ServiceRecord>& before = wanted_of_[service];
    for (const ServiceRecord& record : before) {
      if (std::ranges::binary_search(now, record)) continue;
      wanted_.erase(record);
      unwanted_since_.insert_or_assign(record, parts_.clock.Now());
      Poke(record);
    }
    for (const ServiceRecord& record : now) {
      if (!wanted_.insert(record).second) continue;
      unwanted_since_.erase(record);
      Poke(record);
    }
    before = now;
    if (now.empty()) wanted_of_.erase(service);
    if (!wanted_.empty() && listed_ && !zone_.ready()) poll_.Set();
  }

  void Poke(const ServiceRecord& record) { workers_.Poke(RecordText(record)); }

  bool MayAct() const { return term_.Held() && !stopping_; }

  // Brings one record in line; returns when to look again.
  awaitable<std::optional<TimePoint>> Step(std::string text) {
    const ServiceRecord record = ParseRecordText(text);
    const bool wanted = wanted_.contains(record);
    if (!listed_ || !MayAct() || wanted == zone_.own().contains(record)) {
      if (wanted == zone_.own().contains(record)) Settled(record);
      co_return LeaveToSweep(record);
    }
    if (wanted) {
      // Without a zone, the one who keeps it pokes everything when it is there.
      if (!zone_.ready() || zone_.IsForeign(record)) co_return LeaveToSweep(record);
      co_return co_await Write("add", record, zone_.Add(record, Limits()));
    }
    const auto since = unwanted_since_.find(record);
    if (since == unwanted_since_.end() || !table_.complete()) co_return LeaveToSweep(record);
    const TimePoint due = since->second + options_.removal_delay;
    if (parts_.clock.Now() < due) co_return due;
    co_return co_await Write("remove", record, zone_.Remove(record, Limits()));
  }

  awaitable<std::optional<TimePoint>> Write(const char* what, ServiceRecord record,
                                            awaitable<base::Status> call) {
    const base::Status done = co_await std::move(call);
    records_.Set(static_cast<double>(zone_.own().size()));
    if (done) {
      parts_.log.Debug("wrote a zone record", {{"did", what}, {"record", RecordText(record)}});
      Settled(record);
      // It may have changed its mind meanwhile.
      if (wanted_.contains(record) != zone_.own().contains(record)) co_return parts_.clock.Now();
      co_return std::nullopt;
    }
    if (done.error().code == base::ErrorCode::kCancelled) co_return std::nullopt;
    // When the Lease is held again there is another poll, and all that is wanted gets its turn.
    if (base::WasNotSent(done.error())) co_return LeaveToSweep(record);
    Tell(fmt::format("cannot {} record {}", what, RecordText(record)), ServiceOfHost(record.host),
         done.error());
    if (!zone_.ready() || done.error().code == base::ErrorCode::kAlreadyExists) poll_.Set();
    co_return parts_.clock.Now() + kBackoff.Delay(++failures_[record], random_);
  }

  // Nothing is planned for it, so that the next sweep does not take it for one that is retried.
  std::optional<TimePoint> LeaveToSweep(const ServiceRecord& record) {
    failures_.erase(record);
    return std::nullopt;
  }

  void Settled(const ServiceRecord& record) {
    failures_.erase(record);
    if (!zone_.own().contains(record)) {
      unwanted_since_.erase(record);
      sightings_.erase(record);
    }
  }

  eci::WriteLimits Limits() const {
    return {.deadline = parts_.clock.Now() + options_.call_limit, .permit = &term_};
  }

  awaitable<void> KeepZone() {
    int failed = 0;
    while (!co_await base::Cancelled()) {
      if (!started_ || !MayAct()) {
        (void)co_await poll_.Wait();
        continue;
      }
      polling_ = true;
      const base::Status polled = co_await Poll();
      polling_ = false;
      TimePoint next = parts_.clock.Now();
      if (!polled) {
        if (polled.error().code == base::ErrorCode::kCancelled) co_return;
        if (base::WasNotSent(polled.error())) continue;
        TellAllWaiting(polled.error());
        next += kBackoff.Delay(++failed, random_);
        (void)co_await parts_.clock.SleepUntil(next);
        continue;
      }
      failed = 0;
      const bool orphans = Sweep();
      next += orphans ? options_.second_look : options_.list_period;
      // Many reasons at once are one poll.
      if (co_await poll_.WaitUntil(parts_.clock, next))
        (void)co_await parts_.clock.SleepUntil(parts_.clock.Now() + std::chrono::milliseconds(100));
    }
  }

  awaitable<base::Status> Poll() {
    VK_CO_CHECK_OK(co_await zone_.Read());
    if (!zone_.ready() && !wanted_.empty() && MayAct()) {
      VK_CO_CHECK_OK(co_await zone_.Ensure(Limits()));
      parts_.log.Info("the zone is there and the VPC sees it",
                      {{"zone", zone_options_.name}, {"vpc", zone_options_.vpc}});
    }
    listed_ = true;
    records_.Set(static_cast<double>(zone_.own().size()));
    co_return base::Status();
  }

  // After a listing: everything that is not as it should be gets its turn. True when records were
  // seen whose Service does not exist.
  bool Sweep() {
    for (const ServiceRecord& record : wanted_) {
      if (!zone_.own().contains(record) && !failures_.contains(record)) Poke(record);
    }
    bool orphans = false;
    std::map<ServiceRecord, int> sightings;
    for (const auto& [record, id] : zone_.own()) {
      if (wanted_.contains(record)) continue;
      const bool known = table_.Find(ServiceOfHost(record.host)) != nullptr;
      if (!known && !unwanted_since_.contains(record)) {
        const auto seen = sightings_.find(record);
        const int count = (seen == sightings_.end() ? 0 : seen->second) + 1;
        sightings.emplace(record, count);
        orphans = true;
        if (count < kSightings) continue;
        parts_.log.Info("a record's Service no longer exists: it is removed",
                        {{"record", RecordText(record)}, {"zone", zone_options_.name}});
      }
      unwanted_since_.emplace(record, parts_.clock.Now());
      if (!failures_.contains(record)) Poke(record);
    }
    sightings_ = std::move(sightings);
    return orphans;
  }

  void TellAllWaiting(const base::Error& error) {
    std::set<std::string> services;
    for (const ServiceRecord& record : wanted_) {
      if (!zone_.own().contains(record)) services.insert(ServiceOfHost(record.host));
    }
    Tell("cannot keep the zone", "", error);
    for (const std::string& service : services) TellService(service, error.message);
  }

  void Tell(const std::string& what, const std::string& service, const base::Error& error) {
    errors_.Add();
    parts_.log.Warn("PrivateZone does not follow the Services", {{"what", what},
                                                                 {"zone", zone_options_.name},
                                                                 {"error", error.message},
                                                                 {"code", error.cloud_code},
                                                                 {"request_id", error.request_id}});
    if (!service.empty()) TellService(service, what + ": " + error.message);
  }

  void TellService(const std::string& service, const std::string& message) {
    const ServiceFacts* const facts = table_.Find(service);
    if (facts == nullptr) return;
    const std::size_t slash = service.find('/');
    parts_.events.Record({.about = {.api_version = "v1",
                                    .kind = "Service",
                                    .ns = service.substr(0, slash),
                                    .name = service.substr(slash + 1),
                                    .uid = facts->uid,
                                    .resource_version = {},
                                    .field_path = {}},
                          .type = kube::EventType::kWarning,
                          .reason = "PrivateZoneFailed",
                          .message = "Zone " + zone_options_.name + ": " + message,
                          .at = {}});
  }

  const PrivateZoneControllerOptions& options_;
  const Parts& parts_;
  kube::LeaseTerm& term_;
  base::Random random_;
  const PrivateZoneOptions zone_options_;
  base::TaskGroup tasks_;
  PrivateZone zone_;
  base::Event poll_;
  base::KeyedWorkers workers_;
  ServiceTable table_;
  kube::Reflector services_;
  kube::Reflector slices_;
  base::Gauge& records_;
  base::Counter& errors_;
  bool stopping_ = false;
  bool polling_ = false;                                         // At the zone, or making it.
  bool started_ = false;                                         // Services and slices were listed.
  bool listed_ = false;                                          // The zone was listed.
  std::map<std::string, std::vector<ServiceRecord>> wanted_of_;  // By Service.
  std::set<ServiceRecord> wanted_;
  std::map<ServiceRecord, TimePoint> unwanted_since_;  // To be removed.
  std::map<ServiceRecord, int> sightings_;             // How many listings showed each orphan.
  std::map<ServiceRecord, int> failures_;              // In a row, of those with a retry planned.
};

PrivateZoneController::PrivateZoneController(PrivateZoneControllerOptions options, Parts parts,
                                             base::Random random,
                                             kube::LeaseElection::HolderIsGone holder_is_gone,
                                             boost::asio::any_io_executor executor)
    : options_(std::move(options)),
      parts_(parts),
      random_(random),
      executor_(executor),
      terms_({.lease = {.ns = kube::kSystemNamespace, .name = kLease, .identity = options_.process},
              .subject = "PrivateZone",
              .release_limit = options_.settle_limit},
             parts.api, parts.clock, random.Split("lease"), parts.log, std::move(holder_is_gone),
             {.run = [this](kube::LeaseTerm* term) { return RunSession(term); },
              .on_held =
                  [this] {
                    if (session_) session_->PollAgain();
                  }},
             executor) {}

PrivateZoneController::~PrivateZoneController() = default;

awaitable<void> PrivateZoneController::Run() {
  const auto uid = co_await kube::ReadClusterUid(
      parts_.api, parts_.clock, options_.call_limit, [this](const base::Error& error) {
        parts_.log.Warn("cannot read the UID of namespace kube-system", {{"error", error.message}});
      });
  if (!uid) co_return;  // Its only error is a cancellation.
  owner_ = *uid;
  if (options_.cluster_id.empty()) options_.cluster_id = owner_;
  co_await terms_.Run();
}

awaitable<void> PrivateZoneController::RunSession(kube::LeaseTerm* term) {
  session_ = std::make_unique<Session>(*this, *term, random_.Split("session"));
  co_await session_->Run();
  session_.reset();
}

}  // namespace vk::controllers
