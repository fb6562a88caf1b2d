#include "provider/controllers/private_zone.h"

#include <utility>

#include "eci_client/disposition.h"
#include "proto/pvtz/v1/private_zone.pb.h"

namespace vk::controllers {
namespace {

using base::ErrorCode;
using base::Status;
using boost::asio::awaitable;

constexpr int kPage = 100;
constexpr int kTokenDigits = 32;

}  // namespace

awaitable<Status> PrivateZone::Read() {
  touched_.clear();
  VK_CO_TRY(bound, co_await FindZone(true));
  std::string id = bound;
  if (id.empty()) {
    VK_CO_TRY(unbound, co_await FindZone(false));
    id = unbound;
  }
  if (id.empty()) {
    Forget();
    co_return Status();
  }
  if (id != id_) Forget();
  VK_CO_TRY(listing, co_await List(id));
  id_ = id;
  bound_ = !bound.empty();
  Accept(std::move(listing));
  co_return Status();
}

// Takes, among several zones of the name, one that the VPC sees; else the first.
awaitable<base::Result<std::string>> PrivateZone::FindZone(bool of_vpc) {
  pvtz::v1::DescribeZonesRequest request;
  request.set_keyword(options_.name);
  request.set_search_mode("EXACT");
  request.set_page_size(kPage);
  if (of_vpc) {
    request.set_query_region_id(options_.region);
    request.set_query_vpc_id(options_.vpc);
  }
  VK_CO_TRY(reply,
            co_await api_.DescribeZones(std::move(request), clock_.Now() + options_.call_limit));
  for (const auto& zone : reply.zones().zone()) {
    if (zone.zone_name() == options_.name) co_return zone.zone_id();
  }
  co_return std::string();
}

awaitable<base::Result<PrivateZone::Listing>> PrivateZone::List(std::string zone) {
  Listing listing;
  int pages = 1;
  for (int page = 1; page <= pages; ++page) {
    pvtz::v1::DescribeZoneRecordsRequest request;
    request.set_zone_id(zone);
    request.set_page_number(page);
    request.set_page_size(kPage);
    VK_CO_TRY(reply, co_await api_.DescribeZoneRecords(std::move(request),
                                                       clock_.Now() + options_.call_limit));
    // An empty page is the last, whatever number of them is told.
    pages = reply.records().record().empty() ? page : reply.total_pages();
    for (const auto& record : reply.records().record()) {
      ServiceRecord key{.host = record.rr(), .type = record.type(), .value = record.value()};
      if (record.remark() == options_.remark) {
        listing.own.insert_or_assign(std::move(key), record.record_id());
      } else {
        listing.foreign.insert(std::move(key));
      }
    }
  }
  co_return listing;
}

void PrivateZone::Accept(Listing listing) {
  for (const ServiceRecord& record : touched_) {
    listing.own.erase(record);
    const auto known = own_.find(record);
    if (known != own_.end()) listing.own.insert(*known);
  }
  own_ = std::move(listing.own);
  foreign_ = std::move(listing.foreign);
}

void PrivateZone::Forget() {
  id_.clear();
  bound_ = false;
  own_.clear();
  foreign_.clear();
  tokens_.clear();
}

awaitable<Status> PrivateZone::Ensure(eci::WriteLimits limits) {
  if (id_.empty()) {
    pvtz::v1::AddZoneRequest request;
    request.set_zone_name(options_.name);
    // Names that the zone lacks exist nowhere: nobody else is to be asked for them.
    request.set_proxy_pattern("ZONE");
    request.set_client_token(random_.HexDigits(kTokenDigits));
    VK_CO_TRY(made, co_await api_.AddZone(std::move(request), limits));
    id_ = made.zone_id();
  }
  if (bound_) co_return Status();
  pvtz::v1::DescribeZoneInfoRequest ask;
  ask.set_zone_id(id_);
  VK_CO_TRY(info, co_await api_.DescribeZoneInfo(std::move(ask), limits.deadline));
  pvtz::v1::BindZoneVpcRequest bind;
  bind.set_zone_id(id_);
  for (const auto& vpc : info.bind_vpcs().vpc()) {
    auto& kept = *bind.add_vpcs();
    kept.set_region_id(vpc.region_id());
    kept.set_vpc_id(vpc.vpc_id());
    if (!vpc.vpc_type().empty()) kept.set_vpc_type(vpc.vpc_type());
  }
  auto& ours = *bind.add_vpcs();
  ours.set_region_id(options_.region);
  ours.set_vpc_id(options_.vpc);
  bind.set_client_token(random_.HexDigits(kTokenDigits));
  const auto done = co_await api_.BindZoneVpc(std::move(bind), limits);
  if (!done) co_return std::unexpected(done.error());
  bound_ = true;
  co_return Status();
}

awaitable<Status> PrivateZone::Add(ServiceRecord record, eci::WriteLimits limits) {
  touched_.insert(record);
  std::string& token = tokens_[record];
  if (token.empty()) token = random_.HexDigits(kTokenDigits);
  pvtz::v1::AddZoneRecordRequest request;
  request.set_zone_id(id_);
  request.set_rr(record.host);
  request.set_type(record.type);
  request.set_value(record.value);
  request.set_ttl(options_.ttl);
  request.set_remark(options_.remark);
  request.set_client_token(token);
  const std::string zone = id_;
  const auto added = co_await api_.AddZoneRecord(std::move(request), limits);
  if (zone != id_) {
    co_return std::unexpected(base::Error(ErrorCode::kConflict, "the zone was replaced meanwhile"));
  }
  touched_.insert(record);
  if (added) {
    own_.insert_or_assign(record, added->record_id());
    tokens_.erase(record);
    co_return Status();
  }
  if (!eci::MayHaveHappened(added.error())) tokens_.erase(record);
  // The listing is to tell whose the other one is: perhaps ours, of a lost answer.
  if (added.error().code == ErrorCode::kAlreadyExists) touched_.erase(record);
  if (added.error().code == ErrorCode::kNotFound) Forget();
  co_return std::unexpected(added.error());
}

awaitable<Status> PrivateZone::Remove(ServiceRecord record, eci::WriteLimits limits) {
  const auto known = own_.find(record);
  if (known == own_.end()) co_return Status();
  touched_.insert(record);
  pvtz::v1::DeleteZoneRecordRequest request;
  request.set_record_id(known->second);
  const auto gone = co_await api_.DeleteZoneRecord(std::move(request), limits);
  touched_.insert(record);
  if (!gone && gone.error().code != ErrorCode::kNotFound) co_return std::unexpected(gone.error());
  own_.erase(record);
  co_return Status();
}

}  // namespace vk::controllers
