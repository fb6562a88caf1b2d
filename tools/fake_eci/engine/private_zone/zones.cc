#include "tools/fake_eci/engine/private_zone/zones.h"

#include <algorithm>

namespace vk::fake {
namespace {

constexpr std::string_view kApex = "@";

// "web.Default" as "default.web", so that what is below a name comes right behind it; "" for the
// zone itself.
std::string KeyOf(std::string_view host) {
  std::string key;
  if (host == kApex) return key;
  while (true) {
    const std::size_t dot = host.rfind('.');
    key += LowerCase(host.substr(dot == std::string_view::npos ? 0 : dot + 1));
    if (dot == std::string_view::npos) return key;
    key += '.';
    host = host.substr(0, dot);
  }
}

// The host of `name` in a zone, both in lower case; empty when the name is outside.
std::string_view HostIn(std::string_view zone, std::string_view name) {
  if (name == zone) return kApex;
  if (name.size() <= zone.size() + 1 || !name.ends_with(zone)) return {};
  const std::size_t dot = name.size() - zone.size() - 1;
  return name[dot] == '.' ? name.substr(0, dot) : std::string_view();
}

}  // namespace

std::string LowerCase(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

void Zone::Put(ZoneRecord record) {
  Erase(record.id);
  ids_.emplace(KeyOf(record.host), record.id);
  const std::int64_t id = record.id;
  records_.insert_or_assign(id, std::move(record));
}

void Zone::Erase(std::int64_t id) {
  const auto record = records_.find(id);
  if (record == records_.end()) return;
  const auto [first, last] = ids_.equal_range(KeyOf(record->second.host));
  ids_.erase(std::find_if(first, last, [id](const auto& entry) { return entry.second == id; }));
  records_.erase(record);
}

std::vector<const ZoneRecord*> Zone::Named(std::string_view host) const {
  std::vector<const ZoneRecord*> found;
  const auto [first, last] = ids_.equal_range(KeyOf(host));
  for (auto it = first; it != last; ++it) found.push_back(&records_.at(it->second));
  std::ranges::sort(found, {}, &ZoneRecord::id);
  return found;
}

bool Zone::Exists(std::string_view host) const {
  if (host == kApex) return true;
  const auto is_enabled = [](const ZoneRecord* record) { return record->enabled; };
  if (std::ranges::any_of(Named(host), is_enabled)) return true;
  const std::string below = KeyOf(host) + ".";
  for (auto it = ids_.lower_bound(below); it != ids_.end() && it->first.starts_with(below); ++it) {
    if (records_.at(it->second).enabled) return true;
  }
  return false;
}

void Zones::Add(Zone zone) { zones_.emplace(next_zone_++, std::move(zone)); }

void Zones::Remove(std::string_view id) {
  std::erase_if(zones_, [id](const auto& entry) { return entry.second.facts.id == id; });
}

Zone* Zones::Find(std::string_view id) {
  const auto it =
      std::ranges::find_if(zones_, [&](const auto& entry) { return entry.second.facts.id == id; });
  return it == zones_.end() ? nullptr : &it->second;
}

Zone* Zones::FindByRecord(std::int64_t record_id) {
  const auto it = std::ranges::find_if(
      zones_, [&](const auto& entry) { return entry.second.records().contains(record_id); });
  return it == zones_.end() ? nullptr : &it->second;
}

ZoneAnswer Zones::Answer(std::string_view name) const {
  const std::string wanted = LowerCase(name);
  ZoneAnswer answer;
  for (const auto& [number, zone] : zones_) {
    const std::string_view host = HostIn(zone.facts.name, wanted);
    if (host.empty()) continue;
    const std::size_t best = answer.zone == nullptr ? 0 : answer.zone->facts.name.size();
    const bool closer = zone.facts.name.size() > best;
    const bool same_but_found =
        zone.facts.name.size() == best && !answer.exists && zone.Exists(host);
    if (!closer && !same_but_found) continue;
    answer = {.zone = &zone, .exists = zone.Exists(host), .records = zone.Named(host)};
  }
  std::erase_if(answer.records, [](const ZoneRecord* record) { return !record->enabled; });
  return answer;
}

}  // namespace vk::fake
