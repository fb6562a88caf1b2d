#include "tools/fake_eci/dns/answer.h"

#include <gmock/gmock.h>
#include <ldns/ldns.h>

#include <memory>
#include <optional>
#include <vector>

#include "test/tools/fake_eci/dns/some_zones.h"

namespace vk::fake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

using Packet = std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)>;

std::string Bytes(const ldns_pkt& packet) {
  std::uint8_t* data = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(ldns_pkt2wire(&data, &packet, &size), LDNS_STATUS_OK);
  std::string bytes(reinterpret_cast<char*>(data), size);
  std::free(data);
  return bytes;
}

Packet Question(const std::string& name, ldns_rr_type type) {
  ldns_pkt* packet = nullptr;
  EXPECT_EQ(ldns_pkt_query_new_frm_str(&packet, name.c_str(), type, LDNS_RR_CLASS_IN, LDNS_RD),
            LDNS_STATUS_OK);
  ldns_pkt_set_id(packet, 4711);
  return {packet, &ldns_pkt_free};
}

// An answer as a test reads it.
struct Seen {
  ldns_pkt_rcode rcode = LDNS_RCODE_NOERROR;
  bool authoritative = false;
  bool truncated = false;
  std::size_t bytes = 0;
  int extended_rcode = 0;
  std::vector<std::string> answers;      // "name ttl IN type value"
  std::vector<std::string> authorities;  // The same.
};

std::vector<std::string> Texts(const ldns_rr_list* records) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(records); ++i) {
    const std::unique_ptr<char, decltype(&std::free)> text(ldns_rr2str(ldns_rr_list_rr(records, i)),
                                                           &std::free);
    std::string line(text.get());
    line.pop_back();
    for (char& c : line) c = c == '\t' ? ' ' : c;
    texts.push_back(std::move(line));
  }
  return texts;
}

class AnswerTest : public testing::Test {
 protected:
  Seen Ask(const ldns_pkt& question, DnsTransport transport = DnsTransport::kUdp) const {
    const auto bytes = AnswerDns(zones_, Bytes(question), transport);
    ldns_pkt* packet = nullptr;
    if (!bytes || ldns_wire2pkt(&packet, reinterpret_cast<const std::uint8_t*>(bytes->data()),
                                bytes->size()) != LDNS_STATUS_OK) {
      ADD_FAILURE() << "no packet";
      return {};
    }
    const Packet answer(packet, &ldns_pkt_free);
    EXPECT_EQ(ldns_pkt_id(packet), ldns_pkt_id(&question));
    EXPECT_TRUE(ldns_pkt_qr(packet));
    return {.rcode = ldns_pkt_get_rcode(packet),
            .authoritative = ldns_pkt_aa(packet),
            .truncated = ldns_pkt_tc(packet),
            .bytes = bytes->size(),
            .extended_rcode = ldns_pkt_edns_extended_rcode(packet),
            .answers = Texts(ldns_pkt_answer(packet)),
            .authorities = Texts(ldns_pkt_authority(packet))};
  }
  Seen Ask(const std::string& name, ldns_rr_type type = LDNS_RR_TYPE_A) const {
    return Ask(*Question(name, type));
  }

  const Zones zones_ = SomeZones();
};

TEST_F(AnswerTest, EveryAddressOfANameIsAnswered) {
  const Seen seen = Ask("web.ns.svc.test");

  EXPECT_EQ(seen.rcode, LDNS_RCODE_NOERROR);
  EXPECT_TRUE(seen.authoritative);
  EXPECT_THAT(seen.answers, ElementsAre("web.ns.svc.test. 60 IN A 10.0.0.1",
                                        "web.ns.svc.test. 60 IN A 10.0.0.2"));
}

TEST_F(AnswerTest, CaseIsTheQuestions) {
  EXPECT_THAT(Ask("WEB.ns.Svc.test").answers, ElementsAre("WEB.ns.Svc.test. 60 IN A 10.0.0.1",
                                                          "WEB.ns.Svc.test. 60 IN A 10.0.0.2"));
}

TEST_F(AnswerTest, EveryTypeHasItsForm) {
  EXPECT_THAT(Ask("web.ns.svc.test", LDNS_RR_TYPE_AAAA).answers,
              ElementsAre("web.ns.svc.test. 60 IN AAAA fd00::1"));
  EXPECT_THAT(Ask("_http._tcp.web.ns.svc.test", LDNS_RR_TYPE_SRV).answers,
              ElementsAre("_http._tcp.web.ns.svc.test. 60 IN SRV 1 2 8080 web.ns.svc.test."));
  EXPECT_THAT(Ask("web.ns.svc.test", LDNS_RR_TYPE_TXT).answers,
              ElementsAre("web.ns.svc.test. 60 IN TXT \"" + std::string(255, 'x') + "\" \"" +
                          std::string(45, 'x') + "\""));
  EXPECT_THAT(Ask("web.ns.svc.test", LDNS_RR_TYPE_MX).answers,
              ElementsAre("web.ns.svc.test. 60 IN MX 10 mail.svc.test."));
  EXPECT_THAT(Ask("1.0.0.10.in-addr.arpa", LDNS_RR_TYPE_PTR).answers,
              ElementsAre("1.0.0.10.in-addr.arpa. 60 IN PTR web.ns.svc.test."));
  EXPECT_THAT(Ask("svc.test", LDNS_RR_TYPE_SOA).answers, SizeIs(1));
}

TEST_F(AnswerTest, AliasIsFollowedInTheZones) {
  EXPECT_THAT(
      Ask("alias.ns.svc.test").answers,
      ElementsAre("alias.ns.svc.test. 60 IN CNAME Web.ns.svc.test.",
                  "Web.ns.svc.test. 60 IN A 10.0.0.1", "Web.ns.svc.test. 60 IN A 10.0.0.2"));
  EXPECT_THAT(Ask("alias.ns.svc.test", LDNS_RR_TYPE_CNAME).answers, SizeIs(1));
  const Seen away = Ask("away.ns.svc.test");
  EXPECT_THAT(away.answers, ElementsAre("away.ns.svc.test. 60 IN CNAME else.where.example."));
  EXPECT_EQ(away.rcode, LDNS_RCODE_NOERROR);
}

TEST_F(AnswerTest, AliasesInARingEnd) { EXPECT_THAT(Ask("ring.ns.svc.test").answers, SizeIs(9)); }

TEST_F(AnswerTest, MissingNameIsDeniedForASecond) {
  const Seen seen = Ask("none.ns.svc.test");

  EXPECT_EQ(seen.rcode, LDNS_RCODE_NXDOMAIN);
  EXPECT_THAT(seen.answers, IsEmpty());
  EXPECT_THAT(seen.authorities, ElementsAre(StartsWith("svc.test. 1 IN SOA ")));
  EXPECT_THAT(seen.authorities[0], HasSubstr(" 1"));
}

TEST_F(AnswerTest, NameWithoutRecordsOfTheTypeExists) {
  EXPECT_EQ(Ask("web.ns.svc.test", LDNS_RR_TYPE_PTR).rcode, LDNS_RCODE_NOERROR);
  EXPECT_EQ(Ask("web.ns.svc.test", LDNS_RR_TYPE_CAA).rcode, LDNS_RCODE_NOERROR);
  const Seen between = Ask("ns.svc.test");
  EXPECT_EQ(between.rcode, LDNS_RCODE_NOERROR);
  EXPECT_THAT(between.answers, IsEmpty());
  EXPECT_THAT(between.authorities, SizeIs(1));
}

TEST_F(AnswerTest, NameInNoZoneDoesNotExist) {
  const Seen seen = Ask("www.example");

  EXPECT_EQ(seen.rcode, LDNS_RCODE_NXDOMAIN);
  EXPECT_FALSE(seen.authoritative);
  EXPECT_THAT(seen.authorities, IsEmpty());
}

TEST_F(AnswerTest, LongAnswerIsTruncatedInADatagramOnly) {
  const Packet question = Question("many.ns.svc.test", LDNS_RR_TYPE_A);
  const Seen udp = Ask(*question);
  const Seen tcp = Ask(*question, DnsTransport::kTcp);

  EXPECT_TRUE(udp.truncated);
  EXPECT_THAT(udp.answers, IsEmpty());
  EXPECT_FALSE(tcp.truncated);
  EXPECT_THAT(tcp.answers, SizeIs(250));
}

TEST_F(AnswerTest, EdnsMakesRoom) {
  const Packet question = Question("web.ns.svc.test", LDNS_RR_TYPE_TXT);
  ldns_pkt_set_edns_udp_size(question.get(), 4096);
  EXPECT_FALSE(Ask(*question).truncated);
  const Packet many = Question("many.ns.svc.test", LDNS_RR_TYPE_A);
  ldns_pkt_set_edns_udp_size(many.get(), 4096);
  EXPECT_TRUE(Ask(*many).truncated);
  ldns_pkt_set_edns_version(many.get(), 1);
  EXPECT_EQ(Ask(*many).extended_rcode, 1);
}

TEST_F(AnswerTest, WhatIsNoQuestionIsRefused) {
  const Packet update = Question("web.ns.svc.test", LDNS_RR_TYPE_A);
  ldns_pkt_set_opcode(update.get(), LDNS_PACKET_UPDATE);
  EXPECT_EQ(Ask(*update).rcode, LDNS_RCODE_NOTIMPL);
  EXPECT_EQ(Ask("svc.test", LDNS_RR_TYPE_AXFR).rcode, LDNS_RCODE_REFUSED);
  const Packet chaos = Question("web.ns.svc.test", LDNS_RR_TYPE_TXT);
  ldns_rr_set_class(ldns_rr_list_rr(ldns_pkt_question(chaos.get()), 0), LDNS_RR_CLASS_CH);
  EXPECT_EQ(Ask(*chaos).rcode, LDNS_RCODE_REFUSED);
}

TEST_F(AnswerTest, MalformedPacketIsAFormatErrorOrNothing) {
  const std::string question = Bytes(*Question("web.ns.svc.test", LDNS_RR_TYPE_A));
  const auto answer = [this](const std::string& bytes) {
    return AnswerDns(zones_, bytes, DnsTransport::kUdp);
  };

  EXPECT_EQ(answer(""), std::nullopt);
  EXPECT_EQ(answer(question.substr(0, 11)), std::nullopt);
  const auto cut = answer(question.substr(0, question.size() - 1));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->size(), 12u);
  EXPECT_EQ(cut->substr(0, 2), question.substr(0, 2));
  EXPECT_EQ((*cut)[3] & 0xf, LDNS_RCODE_FORMERR);
  const auto none = answer(question.substr(0, 4) + std::string(8, '\0'));
  ASSERT_TRUE(none);
  EXPECT_EQ((*none)[3] & 0xf, LDNS_RCODE_FORMERR);
  EXPECT_EQ(answer(*cut), std::nullopt);
}

}  // namespace
}  // namespace vk::fake
