#include "tools/fake_eci/dns/answer.h"

#include <ldns/ldns.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <sstream>
#include <utility>

#include "tools/fake_eci/engine/private_zone/zones.h"

namespace vk::fake {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kPlainUdpBytes = 512;
constexpr std::size_t kMostUdpBytes = 1232;  // Passes every network in one piece.
constexpr int kMostAliases = 8;
constexpr std::uint32_t kNegativeTtl = 1;  // A name that is missing now may be there in a second.
constexpr std::size_t kTextPiece = 255;
constexpr std::uint8_t kBadVersion = 1;  // BADVERS, but for the four bits that the header has.

using Packet = std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)>;
using Record = std::unique_ptr<ldns_rr, decltype(&ldns_rr_free)>;

Packet NewPacket() { return {ldns_pkt_new(), &ldns_pkt_free}; }

Packet Parse(std::string_view bytes) {
  ldns_pkt* packet = nullptr;
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (ldns_wire2pkt(&packet, data, bytes.size()) != LDNS_STATUS_OK) packet = nullptr;
  return {packet, &ldns_pkt_free};
}

std::optional<std::string> Serialize(const ldns_pkt& packet) {
  std::uint8_t* data = nullptr;
  std::size_t size = 0;
  if (ldns_pkt2wire(&data, &packet, &size) != LDNS_STATUS_OK) return std::nullopt;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  std::free(data);
  return bytes;
}

ldns_rdf* NewName(const std::string& name) {
  return ldns_dname_new_frm_str(name.ends_with('.') ? name.c_str() : (name + ".").c_str());
}

ldns_rdf* NewNumber(std::string_view text) {
  std::uint16_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, number);
}

Record NewRecord(const std::string& owner, ldns_rr_type type, std::uint32_t ttl) {
  Record record(ldns_rr_new(), &ldns_rr_free);
  ldns_rr_set_owner(record.get(), NewName(owner));
  ldns_rr_set_type(record.get(), type);
  ldns_rr_set_class(record.get(), LDNS_RR_CLASS_IN);
  ldns_rr_set_ttl(record.get(), ttl);
  return record;
}

void PushText(std::string_view value, ldns_rr* record) {
  for (; !value.empty(); value.remove_prefix(std::min(kTextPiece, value.size()))) {
    const std::string_view piece = value.substr(0, kTextPiece);
    std::string data(1, static_cast<char>(piece.size()));
    data += piece;
    ldns_rr_push_rdf(record, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, data.size(), data.data()));
  }
}

void PushService(const std::string& value, ldns_rr* record) {
  std::istringstream words(value);
  std::string word;
  for (int number = 0; number < 3 && words >> word; ++number) {
    ldns_rr_push_rdf(record, NewNumber(word));
  }
  words >> word;
  ldns_rr_push_rdf(record, NewName(word));
}

void PushValue(const ZoneRecord& from, ldns_rr_type type, ldns_rr* record) {
  if (type == LDNS_RR_TYPE_A) {
    ldns_rr_push_rdf(record, ldns_rdf_new_frm_str(LDNS_RDF_TYPE_A, from.value.c_str()));
  } else if (type == LDNS_RR_TYPE_AAAA) {
    ldns_rr_push_rdf(record, ldns_rdf_new_frm_str(LDNS_RDF_TYPE_AAAA, from.value.c_str()));
  } else if (type == LDNS_RR_TYPE_TXT) {
    PushText(from.value, record);
  } else if (type == LDNS_RR_TYPE_SRV) {
    PushService(from.value, record);
  } else {
    if (type == LDNS_RR_TYPE_MX) ldns_rr_push_rdf(record, NewNumber(std::to_string(from.priority)));
    ldns_rr_push_rdf(record, NewName(from.value));
  }
}

Record Soa(const Zone& zone) {
  const std::string& name = zone.facts.name;
  Record record = NewRecord(name, LDNS_RR_TYPE_SOA, kNegativeTtl);
  ldns_rr_push_rdf(record.get(), NewName("ns." + name));
  ldns_rr_push_rdf(record.get(), NewName("hostmaster." + name));
  const auto changed =
      std::chrono::duration_cast<std::chrono::seconds>(zone.facts.updated.time_since_epoch());
  for (const std::uint32_t number :
       {static_cast<std::uint32_t>(changed.count()), 3600u, 600u, 86400u, kNegativeTtl}) {
    ldns_rr_push_rdf(record.get(), ldns_native2rdf_int32(LDNS_RDF_TYPE_INT32, number));
  }
  return record;
}

// One question's answer in the making.
class Answerer {
 public:
  Answerer(const Zones& zones, const ldns_rr& question, ldns_pkt* answer)
      : zones_(zones), type_(ldns_rr_get_type(&question)), answer_(answer) {}

  // `name` is as it was asked, without the dot at its end. Follows aliases as long as the zones
  // know them; the rest is for who asked.
  void Answer(std::string name) {
    for (int alias = 0; alias <= kMostAliases; ++alias) {
      const ZoneAnswer found = zones_.Answer(name);
      if (alias == 0) ldns_pkt_set_aa(answer_, found.zone != nullptr);
      if (alias > 0 && found.zone == nullptr) return;
      if (PushRecords(found, name)) return;
      const ZoneRecord* next = Alias(found);
      if (next == nullptr) return Deny(found);
      Push(*next, LDNS_RR_TYPE_CNAME, name);
      name =
          next->value.ends_with('.') ? next->value.substr(0, next->value.size() - 1) : next->value;
    }
  }

 private:
  bool PushRecords(const ZoneAnswer& found, const std::string& name) {
    bool any = false;
    for (const ZoneRecord* record : found.records) {
      const ldns_rr_type type = ldns_get_rr_type_by_name(record->type.c_str());
      if (type != type_) continue;
      Push(*record, type, name);
      any = true;
    }
    if (!any && found.zone != nullptr && type_ == LDNS_RR_TYPE_SOA &&
        LowerCase(name) == found.zone->facts.name) {
      ldns_pkt_push_rr(answer_, LDNS_SECTION_ANSWER, Soa(*found.zone).release());
      any = true;
    }
    return any;
  }

  static const ZoneRecord* Alias(const ZoneAnswer& found) {
    const auto it = std::ranges::find(found.records, "CNAME", &ZoneRecord::type);
    return it == found.records.end() ? nullptr : *it;
  }

  void Push(const ZoneRecord& from, ldns_rr_type type, const std::string& name) {
    Record record = NewRecord(name, type, static_cast<std::uint32_t>(from.ttl));
    PushValue(from, type, record.get());
    ldns_pkt_push_rr(answer_, LDNS_SECTION_ANSWER, record.release());
  }

  void Deny(const ZoneAnswer& found) {
    if (!found.exists) ldns_pkt_set_rcode(answer_, LDNS_RCODE_NXDOMAIN);
    if (found.zone == nullptr) return;
    ldns_pkt_push_rr(answer_, LDNS_SECTION_AUTHORITY, Soa(*found.zone).release());
  }

  const Zones& zones_;
  const ldns_rr_type type_;
  ldns_pkt* const answer_;
};

// The name of a question as people write it, without the dot at its end; nullopt for one with
// characters that need escapes, which no zone has.
std::optional<std::string> NameOf(const ldns_rr& question) {
  const std::unique_ptr<char, decltype(&std::free)> text(ldns_rdf2str(ldns_rr_owner(&question)),
                                                         &std::free);
  if (!text) return std::nullopt;
  std::string name(text.get());
  if (name.ends_with('.')) name.pop_back();
  if (!IsDomainName(name)) return std::nullopt;
  return name;
}

// What can be said without looking for names; nullopt: it is a question.
std::optional<ldns_pkt_rcode> Refusal(const ldns_pkt& query) {
  if (ldns_pkt_get_opcode(&query) != LDNS_PACKET_QUERY) return LDNS_RCODE_NOTIMPL;
  if (ldns_pkt_qdcount(&query) != 1) return LDNS_RCODE_FORMERR;
  const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(&query), 0);
  const ldns_rr_type type = ldns_rr_get_type(question);
  if (ldns_rr_get_class(question) != LDNS_RR_CLASS_IN || type == LDNS_RR_TYPE_AXFR ||
      type == LDNS_RR_TYPE_IXFR) {
    return LDNS_RCODE_REFUSED;
  }
  return std::nullopt;
}

// The header of an answer, its question and its EDNS.
Packet Begin(const ldns_pkt& query) {
  Packet answer = NewPacket();
  ldns_pkt_set_id(answer.get(), ldns_pkt_id(&query));
  ldns_pkt_set_qr(answer.get(), true);
  ldns_pkt_set_opcode(answer.get(), ldns_pkt_get_opcode(&query));
  ldns_pkt_set_rd(answer.get(), ldns_pkt_rd(&query));
  const ldns_rr_list* questions = ldns_pkt_question(&query);
  if (ldns_rr_list_rr_count(questions) == 1) {
    ldns_pkt_push_rr(answer.get(), LDNS_SECTION_QUESTION,
                     ldns_rr_clone(ldns_rr_list_rr(questions, 0)));
  }
  if (ldns_pkt_edns(&query)) ldns_pkt_set_edns_udp_size(answer.get(), kMostUdpBytes);
  return answer;
}

std::size_t RoomFor(const ldns_pkt& query, DnsTransport transport) {
  if (transport == DnsTransport::kTcp) return 0xffff;
  if (!ldns_pkt_edns(&query)) return kPlainUdpBytes;
  return std::clamp<std::size_t>(ldns_pkt_edns_udp_size(&query), kPlainUdpBytes, kMostUdpBytes);
}

// For a packet whose header alone makes sense.
std::string FormatError(std::string_view packet) {
  std::string answer(kHeaderBytes, '\0');
  answer[0] = packet[0];
  answer[1] = packet[1];
  answer[2] = static_cast<char>(0x80 | (packet[2] & 0x79));  // An answer; opcode and RD are kept.
  answer[3] = LDNS_RCODE_FORMERR;
  return answer;
}

void Fill(const Zones& zones, const ldns_pkt& query, ldns_pkt* answer) {
  if (const auto refusal = Refusal(query)) {
    ldns_pkt_set_rcode(answer, *refusal);
    return;
  }
  if (ldns_pkt_edns(&query) && ldns_pkt_edns_version(&query) != 0) {
    ldns_pkt_set_edns_extended_rcode(answer, kBadVersion);
    return;
  }
  const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(&query), 0);
  if (auto name = NameOf(*question)) {
    Answerer(zones, *question, answer).Answer(std::move(*name));
  } else {
    ldns_pkt_set_rcode(answer, LDNS_RCODE_NXDOMAIN);
  }
}

}  // namespace

std::optional<std::string> AnswerDns(const Zones& zones, std::string_view packet,
                                     DnsTransport transport) {
  const bool is_answer = packet.size() >= kHeaderBytes && (packet[2] & 0x80) != 0;
  if (packet.size() < kHeaderBytes || is_answer) return std::nullopt;
  const Packet query = Parse(packet);
  if (!query) return FormatError(packet);
  const Packet answer = Begin(*query);
  Fill(zones, *query, answer.get());
  auto bytes = Serialize(*answer);
  if (!bytes || bytes->size() <= RoomFor(*query, transport)) return bytes;
  const Packet cut = Begin(*query);
  ldns_pkt_set_tc(cut.get(), true);
  ldns_pkt_set_aa(cut.get(), ldns_pkt_aa(answer.get()));
  return Serialize(*cut);
}

}  // namespace vk::fake
