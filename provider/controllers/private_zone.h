#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "eci_client/private_zone_api.h"
#include "provider/controllers/service_records.h"

namespace vk::controllers {

struct PrivateZoneOptions {
  std::string name;    // "svc.cluster.local.c123"
  std::string region;  // The region of the VPC that is to see it.
  std::string vpc;
  std::string remark;  // On each record of ours: who owns it.
  int ttl = 5;         // The shortest there is.
  std::chrono::seconds call_limit{15};
};

// The zone in the cloud, as the last listing and our own writes since then show it. Only records
// that carry our remark count as ours; others are known and never touched. Used on the core thread.
class PrivateZone {
 public:
  // REQUIRES: api and clock outlive it.
  PrivateZone(PrivateZoneOptions options, eci::PrivateZoneApi& api, base::Clock& clock,
              base::Random random)
      : options_(std::move(options)), api_(api), clock_(clock), random_(random) {}

  // Looks the zone up and lists its records. Writes may go on meanwhile: of the records that they
  // are about the listing proves nothing. Errors: the cloud's; what was known stays.
  boost::asio::awaitable<base::Status> Read();

  // Makes the zone if there is none, and shows it to the VPC beside those that see it already.
  // Called after Read, never during it.
  boost::asio::awaitable<base::Status> Ensure(eci::WriteLimits limits);

  // It exists and the VPC sees it.
  bool ready() const { return !id_.empty() && bound_; }

  // By id.
  const std::map<ServiceRecord, std::int64_t>& own() const { return own_; }
  bool IsForeign(const ServiceRecord& record) const { return foreign_.contains(record); }

  // Errors: the cloud's. kNotFound: the zone is gone, and ready() false. A repetition after an
  // error makes no second record.
  boost::asio::awaitable<base::Status> Add(ServiceRecord record, eci::WriteLimits limits);
  // Deletes one of ours. That it is gone already is success.
  boost::asio::awaitable<base::Status> Remove(ServiceRecord record, eci::WriteLimits limits);

 private:
  struct Listing {
    std::map<ServiceRecord, std::int64_t> own;
    std::set<ServiceRecord> foreign;
  };

  boost::asio::awaitable<base::Result<std::string>> FindZone(bool of_vpc);
  boost::asio::awaitable<base::Result<Listing>> List(std::string zone);
  void Accept(Listing listing);
  void Forget();

  const PrivateZoneOptions options_;
  eci::PrivateZoneApi& api_;
  base::Clock& clock_;
  base::Random random_;
  std::string id_;  // Empty: there is none.
  bool bound_ = false;
  std::map<ServiceRecord, std::int64_t> own_;
  std::set<ServiceRecord> foreign_;
  std::set<ServiceRecord> touched_;  // Written since the listing began.
  std::map<ServiceRecord, std::string>
      tokens_;  // The tokens of additions without a definite answer.
};

}  // namespace vk::controllers
