#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vk::fake {

class Zones;

// How an answer travels: what does not fit into a datagram is asked for again over TCP.
enum class DnsTransport : std::uint8_t { kUdp, kTcp };

// What a name server that has these zones alone answers to a packet, in wire format; nullopt where
// silence is right: less than a header, or an answer. Pure, and safe for any bytes.
//
// A name's records are answered for A, AAAA, CNAME, MX, PTR, SRV and TXT, an alias together with
// what it stands for in the zones; any other type has no records. A name that no zone has is
// NXDOMAIN, with the zone's SOA where there is a zone: a refusal would end a resolver's search list
// at the first of its names that is in no zone. FORMERR, NOTIMP and REFUSED (a class that is not
// the internet's, a transfer) otherwise. Datagrams are at most 512 bytes, with EDNS as much as the
// caller takes, up to 1232; a longer answer is truncated to none.
std::optional<std::string> AnswerDns(const Zones& zones, std::string_view packet,
                                     DnsTransport transport);

}  // namespace vk::fake
