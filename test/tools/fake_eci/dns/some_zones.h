#pragma once

#include <string>
#include <utility>

#include "tools/fake_eci/engine/private_zone/zones.h"

namespace vk::fake {

// A zone without any of PrivateZone's checks.
class ZoneMaker {
 public:
  explicit ZoneMaker(const std::string& name) : zone_(ZoneFacts{.id = name, .name = name}) {}

  ZoneMaker& Add(const std::string& host, const std::string& type, const std::string& value) {
    const auto id = static_cast<std::int64_t>(zone_.records().size()) + 1;
    zone_.Put({.id = id, .host = host, .type = type, .value = value, .ttl = 60, .priority = 10});
    return *this;
  }
  Zone Take() { return std::move(zone_); }

 private:
  Zone zone_;
};

// A record of every type, aliases in a ring, and a host with too many addresses for a datagram.
inline Zones SomeZones() {
  ZoneMaker zone("svc.test");
  zone.Add("web.ns", "A", "10.0.0.1")
      .Add("web.ns", "A", "10.0.0.2")
      .Add("web.ns", "AAAA", "fd00::1")
      .Add("web.ns", "TXT", std::string(300, 'x'))
      .Add("web.ns", "MX", "mail.svc.test")
      .Add("_http._tcp.web.ns", "SRV", "1 2 8080 web.ns.svc.test.")
      .Add("alias.ns", "CNAME", "Web.ns.svc.test")
      .Add("away.ns", "CNAME", "else.where.example")
      .Add("ring.ns", "CNAME", "ring2.ns.svc.test")
      .Add("ring2.ns", "CNAME", "ring.ns.svc.test");
  for (int i = 0; i < 250; ++i) zone.Add("many.ns", "A", "10.0.1." + std::to_string(i));
  Zones zones;
  zones.Add(zone.Take());
  zones.Add(ZoneMaker("10.in-addr.arpa").Add("1.0.0", "PTR", "web.ns.svc.test").Take());
  return zones;
}

}  // namespace vk::fake
