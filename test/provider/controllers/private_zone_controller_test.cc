#include "provider/controllers/private_zone_controller.h"

#include <gmock/gmock.h>

#include "proto/kubernetes/core/v1/service.pb.h"
#include "provider/controllers/service_records.h"
#include "test/provider/controllers/zone_world.h"
#include "tools/fake_eci/engine/private_zone/zones.h"

namespace vk::controllers {
namespace {

using namespace std::chrono_literals;
using k8s::io::api::core::v1::Service;
using k8s::io::api::discovery::v1::EndpointSlice;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kUser[] = "somebody";

class PrivateZoneControllerTest : public ZoneWorld {
 protected:
  void Put(const kube::Resource& resource, const std::string& name,
           const google::protobuf::Message& object) {
    const kube::ObjectKey key{.ns = "default", .name = name, .subresource = {}};
    const bool there = server_.Get(resource, key).has_value();
    const auto done = there ? server_.Update(resource, key, kube::ToBytes(object))
                            : server_.Create(resource, key, kube::ToBytes(object));
    ASSERT_TRUE(done) << done.error().message;
  }
  void PutService(const std::string& name, const std::string& cluster_ip = "None",
                  bool opted_in = false) {
    Service service;
    service.mutable_metadata()->set_name(name);
    service.mutable_metadata()->set_namespace_("default");
    if (opted_in)
      (*service.mutable_metadata()->mutable_annotations())[kPrivateZoneAnnotation] = "true";
    service.mutable_spec()->set_clusterip(cluster_ip);
    service.mutable_spec()->add_clusterips(cluster_ip);
    Put(kube::kServices, name, service);
  }
  void PutSlice(const std::string& service, const std::vector<std::string>& ready,
                const std::string& not_ready = {}) {
    EndpointSlice slice;
    slice.mutable_metadata()->set_name(service + "-1");
    slice.mutable_metadata()->set_namespace_("default");
    (*slice.mutable_metadata()->mutable_labels())["kubernetes.io/service-name"] = service;
    slice.set_addresstype("IPv4");
    for (const std::string& address : ready) {
      auto& endpoint = *slice.add_endpoints();
      endpoint.add_addresses(address);
      endpoint.mutable_conditions()->set_ready(true);
    }
    if (!not_ready.empty()) {
      auto& endpoint = *slice.add_endpoints();
      endpoint.add_addresses(not_ready);
      endpoint.mutable_conditions()->set_ready(false);
    }
    Put(kube::kEndpointSlices, service + "-1", slice);
  }
  void Delete(const kube::Resource& resource, const std::string& name) {
    ASSERT_TRUE(server_.Delete(resource, {.ns = "default", .name = name, .subresource = {}}, {}));
  }

  std::vector<std::string> Answer(const std::string& host) const {
    std::vector<std::string> values;
    for (const fake::ZoneRecord* record : cloud_.zones().Answer(host + "." + kZone).records)
      values.push_back(record->value);
    return values;
  }
  std::string ZoneId() const {
    const auto& all = cloud_.zones().all();
    return all.empty() ? "" : all.begin()->second.facts.id;
  }
  void AddForeign(const std::string& host, const std::string& value, const std::string& remark) {
    pvtz::v1::AddZoneRecordRequest request;
    request.set_zone_id(ZoneId());
    request.set_rr(host);
    request.set_type("A");
    request.set_value(value);
    request.set_remark(remark);
    pvtz::v1::AddZoneRecordResponse reply;
    ASSERT_TRUE(cloud_.Call(kUser, "AddZoneRecord", request, &reply).status);
  }
  void RemoveRecords(const std::string& host) {
    for (const fake::ZoneRecord* record : cloud_.zones().Answer(host + "." + kZone).records) {
      pvtz::v1::DeleteZoneRecordRequest request;
      request.set_record_id(record->id);
      pvtz::v1::DeleteZoneRecordResponse reply;
      ASSERT_TRUE(cloud_.Call(kUser, "DeleteZoneRecord", request, &reply).status);
    }
  }
  void DeleteZone() {
    pvtz::v1::BindZoneVpcRequest unbind;
    unbind.set_zone_id(ZoneId());
    pvtz::v1::BindZoneVpcResponse unbound;
    ASSERT_TRUE(cloud_.Call(kUser, "BindZoneVpc", unbind, &unbound).status);
    pvtz::v1::DeleteZoneRequest remove;
    remove.set_zone_id(ZoneId());
    pvtz::v1::DeleteZoneResponse removed;
    ASSERT_TRUE(cloud_.Call(kUser, "DeleteZone", remove, &removed).status);
  }
  std::size_t Calls(std::string_view part) const {
    std::size_t count = 0;
    for (const auto& call : cloud_.calls()) count += call.action.contains(part) ? 1 : 0;
    return count;
  }
  std::string Remark() const {
    const auto bytes =
        server_.Get(kube::kNamespaces, {.ns = {}, .name = "kube-system", .subresource = {}});
    return "virtual-node " + kube::IdentityOf(*bytes)->uid;
  }
};

TEST_F(PrivateZoneControllerTest, ReadyEndpointHasItsRecordWithinASecond) {
  StartController();
  PutService("driver");
  PutSlice("driver", {}, "10.0.0.1");
  clock_.Advance(5s);
  EXPECT_THAT(Answer("driver.default"), IsEmpty());

  PutSlice("driver", {"10.0.0.1"});
  clock_.Advance(1s);

  EXPECT_THAT(Answer("driver.default"), ElementsAre("10.0.0.1"));
  ASSERT_EQ(cloud_.zones().all().size(), 1u);
  EXPECT_EQ(cloud_.zones().all().begin()->second.facts.vpcs.front().id, "vpc-1");
}

TEST_F(PrivateZoneControllerTest, OnlyAnnotatedServicesAreInUnlessAllAre) {
  PutService("asked", "10.96.0.1", true);
  PutService("silent", "10.96.0.2");

  StartController(/*all=*/false);

  EXPECT_THAT(Answer("asked.default"), ElementsAre("10.96.0.1"));
  EXPECT_THAT(Answer("silent.default"), IsEmpty());
}

TEST_F(PrivateZoneControllerTest, NothingWantedMakesNoZone) {
  StartController();
  clock_.Advance(5min);

  EXPECT_TRUE(cloud_.zones().all().empty());
}

TEST_F(PrivateZoneControllerTest, EndpointsThatChangeTakeOneCallEach) {
  PutService("driver");
  PutSlice("driver", {"10.0.0.1", "10.0.0.2"});
  StartController();
  const std::size_t before = Calls("ZoneRecord") - Calls("DescribeZoneRecords");

  PutSlice("driver", {"10.0.0.2"});
  clock_.Advance(100ms);
  PutSlice("driver", {"10.0.0.1", "10.0.0.2"});  // It only moved.
  clock_.Advance(2s);
  EXPECT_EQ(Calls("ZoneRecord") - Calls("DescribeZoneRecords"), before);

  PutSlice("driver", {"10.0.0.2", "10.0.0.3"});
  clock_.Advance(2s);
  EXPECT_THAT(Answer("driver.default"), ElementsAre("10.0.0.2", "10.0.0.3"));
  EXPECT_EQ(Calls("ZoneRecord") - Calls("DescribeZoneRecords"), before + 2);
}

TEST_F(PrivateZoneControllerTest, RestartWritesNothing) {
  PutService("driver");
  PutSlice("driver", {"10.0.0.1"});
  StartController();
  const std::size_t adds = Calls("Add");
  StopController();

  StartController();
  clock_.Advance(5min);

  EXPECT_EQ(Calls("Add"), adds);
  EXPECT_EQ(Calls("Delete"), 0u);
  EXPECT_THAT(Answer("driver.default"), ElementsAre("10.0.0.1"));
}

TEST_F(PrivateZoneControllerTest, ServiceThatWentWhileNobodyWatchedIsSweptAfterTwoPolls) {
  PutService("old", "10.96.0.1");
  PutService("web", "10.96.0.2");
  StartController();
  StopController();
  Delete(kube::kServices, "old");

  StartController();
  clock_.Advance(20s);
  EXPECT_THAT(Answer("old.default"), ElementsAre("10.96.0.1"));
  clock_.Advance(20s);

  EXPECT_THAT(Answer("old.default"), IsEmpty());
  EXPECT_THAT(Answer("web.default"), ElementsAre("10.96.0.2"));
}

TEST_F(PrivateZoneControllerTest, ForeignRecordsStay) {
  PutService("web", "10.96.0.1");
  StartController();
  AddForeign("other.default", "192.0.2.1", "mine");
  AddForeign("twin.default", "192.0.2.2", "virtual-node another-cluster");
  clock_.Advance(10min);
  Delete(kube::kServices, "web");
  clock_.Advance(10min);

  EXPECT_THAT(Answer("web.default"), IsEmpty());
  EXPECT_THAT(Answer("other.default"), ElementsAre("192.0.2.1"));
  EXPECT_THAT(Answer("twin.default"), ElementsAre("192.0.2.2"));
}

TEST_F(PrivateZoneControllerTest, DeletedZoneIsMadeAgain) {
  PutService("web", "10.96.0.1");
  StartController();
  DeleteZone();

  clock_.Advance(65s);

  EXPECT_THAT(Answer("web.default"), ElementsAre("10.96.0.1"));
}

TEST_F(PrivateZoneControllerTest, RecordsComeBackWithAZoneThatCouldNotBeMadeForAWhile) {
  PutService("web", "10.96.0.1");
  StartController();
  DeleteZone();
  CloudRefuses("AddZone", "Forbidden.RAM");
  PutService("api", "10.96.0.2");
  clock_.Advance(3min);
  EXPECT_TRUE(cloud_.zones().all().empty());

  cloud_.faults().Clear();
  clock_.Advance(3min);

  EXPECT_THAT(Answer("web.default"), ElementsAre("10.96.0.1"));
  EXPECT_THAT(Answer("api.default"), ElementsAre("10.96.0.2"));
}

TEST_F(PrivateZoneControllerTest, RecordComesOnceItsForeignTwinIsGone) {
  PutService("first", "10.96.0.9");
  StartController();
  AddForeign("web.default", "10.96.0.1", "mine");
  PutService("web", "10.96.0.1");
  clock_.Advance(3min);
  RemoveRecords("web.default");
  EXPECT_THAT(Answer("web.default"), IsEmpty());

  clock_.Advance(65s);

  EXPECT_THAT(Answer("web.default"), ElementsAre("10.96.0.1"));
}

TEST_F(PrivateZoneControllerTest, OwnRecordLeftByALostAnswerIsFoundAndNotDoubled) {
  StartController();
  PutService("first", "10.96.0.1");
  clock_.Advance(5s);
  AddForeign("web.default", "10.96.0.2", Remark());  // As if an earlier term had added it.

  PutService("web", "10.96.0.2");
  clock_.Advance(30s);
  Delete(kube::kServices, "web");
  clock_.Advance(10s);

  EXPECT_THAT(Answer("web.default"), IsEmpty());
}

TEST_F(PrivateZoneControllerTest, RefusalIsToldAtTheServiceAndGetsOver) {
  Start();
  CloudRefuses("AddZoneRecord", "Forbidden.RAM");
  PutService("web", "10.96.0.1");
  StartController();
  clock_.Advance(5s);
  EXPECT_THAT(Events("web"),
              Contains(HasSubstr("PrivateZoneFailed: Zone svc.cluster.local.c1: cannot "
                                 "add record web.default A 10.96.0.1")));

  cloud_.faults().Clear();
  clock_.Advance(61s);

  EXPECT_THAT(Answer("web.default"), ElementsAre("10.96.0.1"));
}

TEST_F(PrivateZoneControllerTest, AtRestTwoCallsAMinute) {
  PutService("web", "10.96.0.1");
  StartController();
  clock_.Advance(60s);
  const std::size_t before = Calls("Zone");

  clock_.Advance(10min);

  EXPECT_LE(Calls("Zone") - before, 20u);
}

TEST(ServiceRecordsTest, HostNamesAndNotReadyAddressesAreHonoured) {
  const SliceFacts slice{
      .service = "default/db",
      .endpoints = {{.addresses = {"10.0.0.1"}, .hostname = "db-0", .ready = true},
                    {.addresses = {"fd00::2"}, .hostname = "", .ready = false}}};
  ServiceFacts facts{.uid = "", .headless = true, .addresses = {}};

  EXPECT_THAT(RecordsOf("default/db", facts, {&slice}),
              ElementsAre(ServiceRecord{"db-0.db.default", "A", "10.0.0.1"},
                          ServiceRecord{"db.default", "A", "10.0.0.1"}));
  facts.publish_not_ready = true;
  EXPECT_THAT(RecordsOf("default/db", facts, {&slice}),
              Contains(ServiceRecord{"db.default", "AAAA", "fd00::2"}));
}

TEST(ServiceRecordsTest, LoadBalancerHasItsOwnAddressAndExternalNameNone) {
  Service service;
  service.mutable_spec()->set_type("LoadBalancer");
  service.mutable_spec()->add_clusterips("10.96.0.1");
  service.mutable_status()->mutable_loadbalancer()->add_ingress()->set_ip("192.0.2.10");
  EXPECT_THAT(ReadService(service).addresses, ElementsAre("192.0.2.10"));

  service.mutable_spec()->set_type("ExternalName");
  EXPECT_THAT(ReadService(service).addresses, IsEmpty());
}

TEST_F(PrivateZoneControllerTest, RecordsThatWaitForTheirTurnAreNotWrittenAfterTheLeaseIsLost) {
  Connect({.per_minute = {{"AddZoneRecord", 12}}});
  StartController();
  for (const char* name : {"a", "b", "c", "d", "e", "f"})
    PutService(name, std::string("10.0.0.") + std::to_string(name[0] - 'a' + 1));
  clock_.Advance(1s);
  ASSERT_EQ(CallsOf("AddZoneRecord"), 1);
  kube_faults_.RefuseLeases();
  clock_.Advance(10s);
  const int sent = CallsOf("AddZoneRecord");

  clock_.Advance(5min);
  EXPECT_EQ(CallsOf("AddZoneRecord"), sent);

  kube_faults_.refuse = nullptr;
  clock_.Advance(3min);
  EXPECT_GT(CallsOf("AddZoneRecord"), sent);
  EXPECT_EQ(Metric("virtual_node_zone_records"), "6");
}

}  // namespace
}  // namespace vk::controllers
