// Disks that exist apart from groups.

#include <gmock/gmock.h>

#include <string>

#include "test/tools/fake_eci/engine/cloud_fixture.h"

namespace vk::fake {
namespace {

using eci::v1::CreateContainerGroupRequest;
using testing::HasSubstr;

class DiskTest : public CloudTest {
 protected:
  static CreateContainerGroupRequest WithDisk(const std::string& options) {
    auto request = Request();
    auto* volume = request.add_volume();
    volume->set_name("data");
    volume->set_type("FlexVolume");
    volume->mutable_flex_volume()->set_driver("alicloud/disk");
    volume->mutable_flex_volume()->set_options(options);
    return request;
  }
  std::string CodeOfCreate(const CreateContainerGroupRequest& request) {
    return CodeOf(Create(request));
  }
};

TEST_F(DiskTest, AttachedDiskIsRefusedToASecondGroup) {
  const std::string first = CreateId(WithDisk(R"({"volumeId":"d-1"})"));

  const auto second = Create(WithDisk(R"({"volumeId":"d-1"})"));

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().cloud_code, "IncorrectStatus");
  EXPECT_THAT(second.error().message,
              HasSubstr("The disk d-1 is attached to container group " + first));
}

TEST_F(DiskTest, DiskIsFreeOnceItsGroupHasEnded) {
  const std::string first = CreateId(WithDisk(R"({"volumeId":"d-1"})"));
  ASSERT_TRUE(Delete(first, true));
  Advance(std::chrono::minutes(1));

  EXPECT_EQ(CodeOfCreate(WithDisk(R"({"volumeId":"d-1"})")), "OK");
}

TEST_F(DiskTest, DiskVolumeIsTheSameDisk) {
  CreateId(WithDisk(R"({"volumeId":"d-1"})"));
  auto request = Request();
  auto* volume = request.add_volume();
  volume->set_name("data");
  volume->set_type("DiskVolume");
  volume->mutable_disk_volume()->set_disk_id("d-1");

  EXPECT_EQ(CodeOfCreate(request), "IncorrectStatus");
}

TEST_F(DiskTest, DisksWithoutAnIdAreEachGroupsOwn) {
  EXPECT_EQ(CodeOfCreate(WithDisk(R"({"volumeSize":"20"})")), "OK");
  EXPECT_EQ(CodeOfCreate(WithDisk(R"({"volumeSize":"20"})")), "OK");
}

TEST_F(DiskTest, DiskStaysInTheZoneOfItsFirstGroup) {
  cloud_.AddVSwitch({.id = "vsw-h", .vpc_id = "vpc-1", .zone = "cn-hangzhou-h"});
  cloud_.AddVSwitch({.id = "vsw-i", .vpc_id = "vpc-1", .zone = "cn-hangzhou-i"});
  auto first = WithDisk(R"({"volumeId":"d-1"})");
  first.set_v_switch_id("vsw-h");
  ASSERT_TRUE(Delete(CreateId(first), true));
  auto second = WithDisk(R"({"volumeId":"d-1"})");
  second.set_v_switch_id("vsw-i");

  EXPECT_EQ(CodeOfCreate(second), "DiskVolume.NotInSameZone");
}

TEST_F(DiskTest, WhatIsNoDiskIdIsNotFound) {
  EXPECT_EQ(CodeOfCreate(WithDisk(R"({"volumeId":"pv-7"})")), "InvalidDiskId.NotFound");
}

}  // namespace
}  // namespace vk::fake
