#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vk::fake {

// One record of a zone. An RR set is made of several.
struct ZoneRecord {
  std::int64_t id = 0;
  std::string host;  // "Rr": the name without its zone's, "@" for the zone itself; as it was given.
  std::string type;  // A, AAAA, CNAME, MX, PTR, SRV or TXT
  std::string value;  // As people write it; it was checked, so that it can be put on the wire.
  std::string line;
  std::string remark;
  int ttl = 0;
  int priority = 0;  // An MX record's.
  int weight = 0;
  bool enabled = true;
  base::WallTime created;
  base::WallTime updated;
};

// A network that sees a zone.
struct BoundVpc {
  std::string region;
  std::string id;
  std::string type;
};

// What a zone is besides its records.
struct ZoneFacts {
  std::string id;
  std::string name;  // In lower case, without a dot at its end.
  std::string proxy_pattern;
  std::string dns_group;
  std::string type;
  std::string tag;
  std::string resource_group;
  std::string creator;
  std::vector<BoundVpc> vpcs;
  base::WallTime created;
  base::WallTime updated;
};

// A zone of PrivateZone. Used on one thread.
class Zone {
 public:
  explicit Zone(ZoneFacts zone_facts) : facts(std::move(zone_facts)) {}

  ZoneFacts facts;

  // In order of creation.
  const std::map<std::int64_t, ZoneRecord>& records() const { return records_; }
  // Adds a record or replaces the one of its id.
  void Put(ZoneRecord record);
  void Erase(std::int64_t id);

  // All records of one host, disabled ones too, in order of creation. Case does not count.
  std::vector<const ZoneRecord*> Named(std::string_view host) const;
  // Whether an enabled record has this host, or one below it.
  bool Exists(std::string_view host) const;

 private:
  std::map<std::int64_t, ZoneRecord> records_;
  std::multimap<std::string, std::int64_t, std::less<>> ids_;  // By the host's labels, last first.
};

// What a name stands for in all zones together.
struct ZoneAnswer {
  const Zone* zone = nullptr;              // The closest one above the name; null: none is.
  bool exists = false;                     // The name has records, or a longer one has.
  std::vector<const ZoneRecord*> records;  // Enabled ones.
};

// Every zone of the account. Ids of records are unique among all zones and never used again. Zones
// may share a name, as in the cloud, where each has networks of its own. Used on one thread.
class Zones {
 public:
  const std::map<std::uint64_t, Zone>& all() const { return zones_; }  // In order of creation.

  void Add(Zone zone);
  void Remove(std::string_view id);

  // Or null.
  Zone* Find(std::string_view id);
  Zone* FindByRecord(std::int64_t record_id);

  std::int64_t NextRecordId() { return next_record_++; }

  // Where zones of one name have the host, the oldest answers; all zones are seen by everybody,
  // whatever networks they are bound to. `name` is without a dot at its end; case does not count.
  ZoneAnswer Answer(std::string_view name) const;

 private:
  std::map<std::uint64_t, Zone> zones_;
  std::uint64_t next_zone_ = 1;
  std::int64_t next_record_ = 1'700'000'000;  // As long as the cloud's.
};

[[nodiscard]] std::string LowerCase(std::string_view name);

// Whether `record` may stand in `zone`: host, type, value, TTL, priority, weight, remark, no second
// record that says the same, nothing beside a CNAME. A record of its own id does not count. Errors:
// InvalidParameter, Zone.Remark, Record.Invalid.Conflict.
base::Status CheckRecord(const Zone& zone, const ZoneRecord& record);

// Whether `name` is a name of labels, in either case.
bool IsDomainName(std::string_view name);

}  // namespace vk::fake
