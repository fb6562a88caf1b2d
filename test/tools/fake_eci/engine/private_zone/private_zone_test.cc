#include <gmock/gmock.h>

#include "proto/pvtz/v1/private_zone.pb.h"
#include "test/tools/fake_eci/engine/cloud_fixture.h"
#include "tools/fake_eci/engine/private_zone/zones.h"

namespace vk::fake {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// One zone, "svc.cluster.local.c1".
class PrivateZoneTest : public CloudTest {
 protected:
  PrivateZoneTest() : zone_(AddZone("svc.cluster.local.c1")) {}

  std::string AddZone(const std::string& name) {
    pvtz::v1::AddZoneRequest request;
    request.set_zone_name(name);
    const auto reply = Call<pvtz::v1::AddZoneResponse>("AddZone", request);
    EXPECT_TRUE(reply) << name;
    return reply ? reply->zone_id() : "";
  }
  pvtz::v1::AddZoneRecordRequest Record(const std::string& host, const std::string& value,
                                        const std::string& type = "A") const {
    pvtz::v1::AddZoneRecordRequest request;
    request.set_zone_id(zone_);
    request.set_rr(host);
    request.set_type(type);
    request.set_value(value);
    return request;
  }
  base::Result<pvtz::v1::AddZoneRecordResponse> Add(const pvtz::v1::AddZoneRecordRequest& request) {
    return Call<pvtz::v1::AddZoneRecordResponse>("AddZoneRecord", request);
  }
  std::int64_t AddId(const std::string& host, const std::string& value,
                     const std::string& type = "A") {
    const auto reply = Add(Record(host, value, type));
    EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
    return reply ? reply->record_id() : 0;
  }
  pvtz::v1::DescribeZoneRecordsResponse List(pvtz::v1::DescribeZoneRecordsRequest request = {}) {
    request.set_zone_id(zone_);
    const auto reply = Call<pvtz::v1::DescribeZoneRecordsResponse>("DescribeZoneRecords", request);
    EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
    return reply ? *reply : pvtz::v1::DescribeZoneRecordsResponse();
  }
  std::vector<std::string> ListedValues(const pvtz::v1::DescribeZoneRecordsRequest& request = {}) {
    std::vector<std::string> values;
    for (const auto& record : List(request).records().record()) values.push_back(record.value());
    return values;
  }
  base::Result<pvtz::v1::BindZoneVpcResponse> Bind(const std::string& vpc) {
    pvtz::v1::BindZoneVpcRequest request;
    request.set_zone_id(zone_);
    if (!vpc.empty()) {
      request.add_vpcs()->set_region_id("cn-hangzhou");
      request.mutable_vpcs(0)->set_vpc_id(vpc);
    }
    return Call<pvtz::v1::BindZoneVpcResponse>("BindZoneVpc", request);
  }
  base::Result<pvtz::v1::DeleteZoneResponse> DeleteZone() {
    pvtz::v1::DeleteZoneRequest request;
    request.set_zone_id(zone_);
    return Call<pvtz::v1::DeleteZoneResponse>("DeleteZone", request);
  }
  std::vector<std::string> Answer(const std::string& name) const {
    std::vector<std::string> values;
    for (const ZoneRecord* record : cloud_.zones().Answer(name).records) {
      values.push_back(record->value);
    }
    return values;
  }

  const std::string zone_;
};

TEST_F(PrivateZoneTest, AddedRecordIsListedWithItsDefaults) {
  auto request = Record("web.ns", "10.0.0.1");
  request.set_remark("virtual-node");
  const auto added = Add(request);

  const auto listed = List();

  ASSERT_EQ(listed.records().record_size(), 1);
  const auto& record = listed.records().record(0);
  EXPECT_EQ(record.record_id(), added->record_id());
  EXPECT_EQ(record.rr(), "web.ns");
  EXPECT_EQ(record.ttl(), 60);
  EXPECT_EQ(record.status(), "ENABLE");
  EXPECT_EQ(record.line(), "default");
  EXPECT_EQ(record.remark(), "virtual-node");
  EXPECT_EQ(record.create_time().size(), std::string("2018-01-23T03:15Z").size());
  EXPECT_EQ(record.create_timestamp() / 1000,
            std::chrono::floor<std::chrono::seconds>(clock_.WallNow()).time_since_epoch().count());
}

TEST_F(PrivateZoneTest, PagesHoldEveryRecordOnce) {
  for (int i = 1; i <= 5; ++i) AddId("web.ns", "10.0.0." + std::to_string(i));
  pvtz::v1::DescribeZoneRecordsRequest request;
  request.set_page_size(2);
  request.set_page_number(3);

  const auto last = List(request);

  EXPECT_EQ(last.total_items(), 5);
  EXPECT_EQ(last.total_pages(), 3);
  ASSERT_EQ(last.records().record_size(), 1);
  EXPECT_EQ(last.records().record(0).value(), "10.0.0.5");
  request.set_page_number(4);
  EXPECT_THAT(ListedValues(request), IsEmpty());
  request.set_page_size(101);
  request.set_zone_id(zone_);
  EXPECT_EQ(CodeOf(Call<pvtz::v1::DescribeZoneRecordsResponse>("DescribeZoneRecords", request)),
            "InvalidParameter");
}

TEST_F(PrivateZoneTest, KeywordIsTheHostOrPartOfIt) {
  AddId("web.ns", "10.0.0.1");
  AddId("web.ns2", "10.0.0.2");
  pvtz::v1::DescribeZoneRecordsRequest request;
  request.set_keyword("Web.ns");

  EXPECT_THAT(ListedValues(request), ElementsAre("10.0.0.1"));
  request.set_search_mode("LIKE");
  EXPECT_THAT(ListedValues(request), ElementsAre("10.0.0.1", "10.0.0.2"));
}

TEST_F(PrivateZoneTest, WrongRecordIsRefused) {
  EXPECT_EQ(CodeOf(Add(Record("web.ns", "10.0.0"))), "InvalidParameter");
  EXPECT_EQ(CodeOf(Add(Record("web.ns", "10.0.0.1", "AAAA"))), "InvalidParameter");
  EXPECT_EQ(CodeOf(Add(Record("web.ns", "1 2 x.test", "SRV"))), "InvalidParameter");
  EXPECT_EQ(CodeOf(Add(Record("web..ns", "10.0.0.1"))), "InvalidParameter");
  EXPECT_EQ(CodeOf(Add(Record("web.ns", "10.0.0.1", "NS"))), "InvalidParameter");
  EXPECT_EQ(CodeOf(Add(Record("web.ns", "mail.test", "MX"))), "InvalidParameter");
  EXPECT_EQ(CodeOf(Add(Record("", "10.0.0.1"))), "MissingParameter");
  auto request = Record("web.ns", "10.0.0.1");
  request.set_ttl(61);
  EXPECT_EQ(CodeOf(Add(request)), "InvalidParameter");
  request.set_ttl(5);
  request.set_remark(std::string(51, 'a'));
  EXPECT_EQ(CodeOf(Add(request)), "Zone.Remark");
  request.set_remark("owner=me");
  EXPECT_EQ(CodeOf(Add(request)), "Zone.Remark");
  request.clear_remark();
  request.set_zone_id("gone");
  EXPECT_EQ(CodeOf(Add(request)), "Zone.NotExists");
  EXPECT_THAT(ListedValues(), IsEmpty());
}

TEST_F(PrivateZoneTest, SecondRecordThatSaysTheSameIsAConflict) {
  AddId("web.ns", "10.0.0.1");
  AddId("alias.ns", "web.ns.svc.cluster.local.c1", "CNAME");

  EXPECT_EQ(CodeOf(Add(Record("WEB.ns", "10.0.0.1"))), "Record.Invalid.Conflict");
  EXPECT_EQ(CodeOf(Add(Record("alias.ns", "10.0.0.1"))), "Record.Invalid.Conflict");
  EXPECT_EQ(CodeOf(Add(Record("web.ns", "other.test", "CNAME"))), "Record.Invalid.Conflict");
  EXPECT_EQ(CodeOf(Add(Record("web.ns", "10.0.0.2"))), "OK");
}

TEST_F(PrivateZoneTest, RepeatedTokenAddsOneRecord) {
  auto request = Record("web.ns", "10.0.0.1");
  request.set_client_token("token");

  const auto first = Add(request);
  const auto second = Add(request);

  EXPECT_EQ(first->record_id(), second->record_id());
  EXPECT_THAT(ListedValues(), ElementsAre("10.0.0.1"));
  request.set_client_token(std::string(65, 'a'));
  EXPECT_EQ(CodeOf(Add(request)), "InvalidParameter");
}

TEST_F(PrivateZoneTest, UpdateReplacesTheRecordAndKeepsItsRemark) {
  auto added = Record("web.ns", "10.0.0.1");
  added.set_remark("mine");
  pvtz::v1::UpdateZoneRecordRequest request;
  request.set_record_id(Add(added)->record_id());
  request.set_rr("api.ns");
  request.set_type("A");
  request.set_value("10.0.0.2");
  request.set_ttl(5);
  clock_.Advance(1min);

  EXPECT_EQ(CodeOf(Call<pvtz::v1::UpdateZoneRecordResponse>("UpdateZoneRecord", request)), "OK");

  const auto listed = List();
  ASSERT_EQ(listed.records().record_size(), 1);
  EXPECT_EQ(listed.records().record(0).ttl(), 5);
  EXPECT_EQ(listed.records().record(0).remark(), "mine");
  EXPECT_EQ(listed.records().record(0).update_timestamp(),
            listed.records().record(0).create_timestamp() + 60'000);
  EXPECT_THAT(Answer("web.ns.svc.cluster.local.c1"), IsEmpty());
  EXPECT_THAT(Answer("api.ns.svc.cluster.local.c1"), ElementsAre("10.0.0.2"));
}

TEST_F(PrivateZoneTest, DeletedRecordIsGone) {
  pvtz::v1::DeleteZoneRecordRequest request;
  request.set_record_id(AddId("web.ns", "10.0.0.1"));

  EXPECT_EQ(CodeOf(Call<pvtz::v1::DeleteZoneRecordResponse>("DeleteZoneRecord", request)), "OK");

  EXPECT_THAT(ListedValues(), IsEmpty());
  EXPECT_THAT(Answer("web.ns.svc.cluster.local.c1"), IsEmpty());
  EXPECT_EQ(CodeOf(Call<pvtz::v1::DeleteZoneRecordResponse>("DeleteZoneRecord", request)),
            "Record.NotExists");
}

TEST_F(PrivateZoneTest, DisabledRecordIsListedButNoAnswer) {
  pvtz::v1::SetZoneRecordStatusRequest request;
  request.set_record_id(AddId("web.ns", "10.0.0.1"));
  request.set_status("DISABLE");

  const auto reply = Call<pvtz::v1::SetZoneRecordStatusResponse>("SetZoneRecordStatus", request);

  EXPECT_EQ(reply->status(), "DISABLE");
  EXPECT_EQ(List().records().record(0).status(), "DISABLE");
  EXPECT_FALSE(cloud_.zones().Answer("web.ns.svc.cluster.local.c1").exists);
  EXPECT_FALSE(cloud_.zones().Answer("ns.svc.cluster.local.c1").exists);
}

TEST_F(PrivateZoneTest, ZoneBoundToANetworkCannotBeDeleted) {
  EXPECT_EQ(CodeOf(Bind("nowhere")), "ZoneVpc.NotExists.VpcId");
  EXPECT_EQ(CodeOf(Bind("vpc-1")), "OK");
  pvtz::v1::DescribeZoneInfoRequest info;
  info.set_zone_id(zone_);
  const auto shown = Call<pvtz::v1::DescribeZoneInfoResponse>("DescribeZoneInfo", info);
  ASSERT_EQ(shown->bind_vpcs().vpc_size(), 1);
  EXPECT_EQ(shown->bind_vpcs().vpc(0).vpc_id(), "vpc-1");
  EXPECT_EQ(shown->proxy_pattern(), "ZONE");

  EXPECT_EQ(CodeOf(DeleteZone()), "Zone.VpcExists");
  EXPECT_EQ(CodeOf(Bind("")), "OK");
  EXPECT_EQ(CodeOf(DeleteZone()), "OK");
  EXPECT_EQ(CodeOf(DeleteZone()), "Zone.NotExists");
}

TEST_F(PrivateZoneTest, ZonesAreFoundByNameAndNetwork) {
  AddZone("other.test");
  ASSERT_TRUE(Bind("vpc-1"));
  const auto found = [this](const pvtz::v1::DescribeZonesRequest& request) {
    std::vector<std::string> names;
    const auto reply = Call<pvtz::v1::DescribeZonesResponse>("DescribeZones", request);
    for (const auto& zone : reply->zones().zone()) names.push_back(zone.zone_name());
    return names;
  };
  pvtz::v1::DescribeZonesRequest by_part;
  by_part.set_keyword("TEST");
  pvtz::v1::DescribeZonesRequest by_name = by_part;
  by_name.set_search_mode("EXACT");
  pvtz::v1::DescribeZonesRequest by_vpc;
  by_vpc.set_query_vpc_id("vpc-1");
  by_vpc.set_query_region_id("cn-hangzhou");

  EXPECT_THAT(found({}), ElementsAre("svc.cluster.local.c1", "other.test"));
  EXPECT_THAT(found(by_part), ElementsAre("other.test"));
  EXPECT_THAT(found(by_name), IsEmpty());
  EXPECT_THAT(found(by_vpc), ElementsAre("svc.cluster.local.c1"));
}

TEST_F(PrivateZoneTest, WrongZoneNameIsRefused) {
  pvtz::v1::AddZoneRequest request;
  request.set_zone_name("a b.test");

  EXPECT_EQ(CodeOf(Call<pvtz::v1::AddZoneResponse>("AddZone", request)), "Zone.Invalid.Name");
}

TEST_F(PrivateZoneTest, ClosestZoneAnswersInAnyCase) {
  AddId("web.ns", "10.0.0.1");
  AddId("@", "10.0.0.3");
  AddZone("cluster.local.c1");

  EXPECT_THAT(Answer("WEB.ns.SVC.cluster.local.c1"), ElementsAre("10.0.0.1"));
  EXPECT_THAT(Answer("svc.cluster.local.c1"), ElementsAre("10.0.0.3"));
  EXPECT_TRUE(cloud_.zones().Answer("ns.svc.cluster.local.c1").exists);
  EXPECT_FALSE(cloud_.zones().Answer("s.svc.cluster.local.c1").exists);
  EXPECT_EQ(cloud_.zones().Answer("x.cluster.local.c1").zone->facts.name, "cluster.local.c1");
  EXPECT_EQ(cloud_.zones().Answer("xsvc.cluster.local.c2").zone, nullptr);
}

TEST_F(PrivateZoneTest, ResetForgetsZones) {
  cloud_.Reset();

  EXPECT_TRUE(cloud_.zones().all().empty());
}

}  // namespace
}  // namespace vk::fake
