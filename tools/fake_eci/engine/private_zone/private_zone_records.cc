// Records of zones.

#include "proto/pvtz/v1/private_zone.pb.h"
#include "tools/fake_eci/engine/cloud_error.h"
#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/private_zone/private_zone.h"
#include "tools/fake_eci/engine/private_zone/zone_pages.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

constexpr int kDefaultTtl = 60;

base::Result<Zone*> ZoneOfRecord(World& world, std::int64_t record_id) {
  if (Zone* zone = world.zones.FindByRecord(record_id)) return zone;
  return std::unexpected(CloudError("Record.NotExists"));
}

// What a creation and an update say alike.
template <class Request>
void ReadRecord(const Request& request, ZoneRecord* record) {
  record->host = request.rr();
  record->type = request.type();
  record->value = request.value();
  record->line = request.line().empty() ? "default" : request.line();
  record->ttl = request.has_ttl() ? request.ttl() : kDefaultTtl;
  record->priority = request.priority();
  record->weight = request.has_weight() ? request.weight() : 1;
}

const char* StatusOf(const ZoneRecord& record) { return record.enabled ? "ENABLE" : "DISABLE"; }

void FillRecord(const Zone& zone, const ZoneRecord& record, pvtz::v1::Records::Record* view) {
  view->set_zone_id(zone.facts.id);
  view->set_record_id(record.id);
  view->set_rr(record.host);
  view->set_type(record.type);
  view->set_value(record.value);
  view->set_ttl(record.ttl);
  view->set_status(StatusOf(record));
  view->set_line(record.line);
  view->set_remark(record.remark);
  view->set_weight(record.weight);
  if (record.type == "MX") view->set_priority(record.priority);
  FillTimes(record.created, record.updated, view);
}

void Keep(World& world, Zone& zone, ZoneRecord record) {
  record.updated = world.now.wall;
  zone.facts.updated = world.now.wall;
  zone.Put(std::move(record));
}

}  // namespace

VK_FAKE_ZONE_HANDLER(AddZoneRecord) {
  Zone* zone = world.zones.Find(request.zone_id());
  if (zone == nullptr) return std::unexpected(CloudError("Zone.NotExists"));
  ZoneRecord record;
  ReadRecord(request, &record);
  record.remark = request.remark();
  record.created = world.now.wall;
  VK_CHECK_OK(CheckRecord(*zone, record));
  record.id = world.zones.NextRecordId();
  pvtz::v1::AddZoneRecordResponse reply;
  reply.set_record_id(record.id);
  reply.set_success(true);
  Keep(world, *zone, std::move(record));
  return reply;
}

VK_FAKE_ZONE_HANDLER(DescribeZoneRecords) {
  VK_CHECK_OK(CheckPage(request));
  const Zone* zone = world.zones.Find(request.zone_id());
  if (zone == nullptr) return std::unexpected(CloudError("Zone.NotExists"));
  std::vector<const ZoneRecord*> found;
  // Records that the cloud takes over from machines have the tag "ecs"; there are none here.
  const bool none = world.empty_listing || !request.tag().empty();
  for (const auto& [id, record] : zone->records()) {
    if (none || !MatchesKeyword(request.keyword(), request.search_mode(), record.host)) continue;
    found.push_back(&record);
  }
  pvtz::v1::DescribeZoneRecordsResponse reply;
  reply.mutable_records();
  for (const ZoneRecord* record : TakePage(found, request, &reply)) {
    FillRecord(*zone, *record, reply.mutable_records()->add_record());
  }
  return reply;
}

VK_FAKE_ZONE_HANDLER(UpdateZoneRecord) {
  VK_TRY(zone, ZoneOfRecord(world, request.record_id()));
  ZoneRecord record = zone->records().at(request.record_id());
  ReadRecord(request, &record);
  VK_CHECK_OK(CheckRecord(*zone, record));
  Keep(world, *zone, std::move(record));
  pvtz::v1::UpdateZoneRecordResponse reply;
  reply.set_record_id(request.record_id());
  return reply;
}

VK_FAKE_ZONE_HANDLER(SetZoneRecordStatus) {
  VK_TRY(zone, ZoneOfRecord(world, request.record_id()));
  VK_CHECK_OK(CheckOneOf("Status", true, request.status(), "ENABLE DISABLE"));
  ZoneRecord record = zone->records().at(request.record_id());
  record.enabled = request.status() == "ENABLE";
  pvtz::v1::SetZoneRecordStatusResponse reply;
  reply.set_record_id(record.id);
  reply.set_status(StatusOf(record));
  Keep(world, *zone, std::move(record));
  return reply;
}

VK_FAKE_ZONE_HANDLER(DeleteZoneRecord) {
  VK_TRY(zone, ZoneOfRecord(world, request.record_id()));
  zone->Erase(request.record_id());
  zone->facts.updated = world.now.wall;
  pvtz::v1::DeleteZoneRecordResponse reply;
  reply.set_record_id(request.record_id());
  return reply;
}

}  // namespace vk::fake
