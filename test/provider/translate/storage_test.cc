#include "provider/translate/storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/provider/translate/cluster.h"
#include "test/provider/translate/golden.h"

namespace vk::translate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kDisk = "diskplugin.csi.alibabacloud.com";
constexpr const char* kNas = "nasplugin.csi.alibabacloud.com";
constexpr const char* kOss = "ossplugin.csi.alibabacloud.com";

class StorageTest : public testing::Test {
 protected:
  static StorageSource From(const std::string& driver,
                            std::map<std::string, std::string> attributes = {}) {
    StorageSource source;
    source.path = "spec.volumes[0].persistentVolumeClaim";
    source.owner = R"(PersistentVolume "pv")";
    source.driver = driver;
    source.attributes = std::move(attributes);
    return source;
  }

  Storage Make(const StorageSource& source) {
    Planned<Storage> storage = MakeStorage("v", source, weakened_);
    if (storage) return *std::move(storage);
    ADD_FAILURE() << storage.error().notice.message;
    return {};
  }

  std::string Refusal(const StorageSource& source) {
    const Planned<Storage> storage = MakeStorage("v", source, weakened_);
    if (storage) return "not refused: " + storage->volume.ShortDebugString();
    EXPECT_EQ(storage.error().kind, NotNow::Kind::kUnsupported);
    return storage.error().notice.message;
  }

  std::string OptionsOf(const StorageSource& source) {
    return Make(source).volume.flex_volume().options();
  }

  std::vector<FieldFinding> weakened_;
};

// Nothing that would make the cloud delete it with its group.
TEST_F(StorageTest, DiskIsAttachedByItsIdAlone) {
  StorageSource source = From(kDisk, {{"type", "cloud_essd"}, {"deleteWithInstance", "true"}});
  source.handle = "d-1";
  source.fs_type = "xfs";

  const Storage storage = Make(source);

  EXPECT_TRUE(storage.disk);
  EXPECT_EQ(storage.volume.type(), "FlexVolume");
  EXPECT_EQ(storage.volume.flex_volume().driver(), "alicloud/disk");
  EXPECT_EQ(storage.volume.flex_volume().fs_type(), "xfs");
  EXPECT_EQ(storage.volume.flex_volume().options(), R"({"volumeId":"d-1"})");
}

TEST_F(StorageTest, SharedDiskAndForeignFileSystemAreRefusedByName) {
  StorageSource shared = From(kDisk, {{"multiAttach", "true"}});
  StorageSource foreign = From(kDisk);
  foreign.fs_type = "btrfs";

  EXPECT_THAT(Refusal(shared), HasSubstr("volume attribute multiAttach: true of Persistent"));
  EXPECT_THAT(Refusal(foreign), HasSubstr("file system btrfs of PersistentVolume"));
}

TEST_F(StorageTest, InlineDiskIsMadeAsItsAttributesSay) {
  StorageSource source = From(kDisk, {{"volumeSize", "20"}, {"performanceLevel", "PL0"}});
  source.is_inline = true;

  EXPECT_EQ(OptionsOf(source), R"({"performanceLevel":"PL0","volumeSize":"20"})");
}

TEST_F(StorageTest, NasPassesServerPathVersionAndOptions) {
  EXPECT_EQ(OptionsOf(From(kNas, {{"server", "a.nas.example"},
                                  {"path", "/data"},
                                  {"vers", "3"},
                                  {"volumeAs", "subpath"},
                                  {"storage.kubernetes.io/csiProvisionerIdentity", "1-x"}})),
            R"({"path":"/data","server":"a.nas.example","vers":"3"})");
}

TEST_F(StorageTest, MountOptionsOfNasComeBeforeItsAttributes) {
  StorageSource source = From(kNas, {{"server", "a"}, {"vers", "4.0"}, {"options", "soft"}});
  source.mount_options = {"nolock,tcp,noresvport", "vers=3"};

  EXPECT_EQ(OptionsOf(source),
            R"({"options":"nolock,tcp,noresvport","path":"/","server":"a","vers":"3"})");
  EXPECT_THAT(weakened_, IsEmpty());
}

TEST_F(StorageTest, AttributeThatTheCloudHasNoOptionForIsRefusedByName) {
  EXPECT_THAT(Refusal(From(kNas, {{"server", "a"}, {"mode", "0777"}})),
              HasSubstr("volume attribute mode of PersistentVolume \"pv\""));
  EXPECT_THAT(Refusal(From(kNas, {{"server", "a"}, {"mountProtocol", "efc"}})),
              HasSubstr("volume attribute mountProtocol: efc"));
  EXPECT_THAT(Refusal(From(kOss, {{"bucket", "b"}, {"authType", "rrsa"}})),
              HasSubstr("volume attribute authType"));
}

TEST_F(StorageTest, OssTakesItsKeysFromTheSecret) {
  const auto secret = FromText<core::Secret>(R"(metadata { name: "keys" namespace: "ns" }
      data { key: "akId" value: "id\n" } data { key: "akSecret" value: "hush" })");
  StorageSource source = From(kOss, {{"bucket", "b"}, {"url", "u"}, {"otherOpts", "-o ro"}});
  source.secret = &secret;

  EXPECT_EQ(OptionsOf(source),
            R"({"akId":"id","akSecret":"hush","bucket":"b","otherOpts":"-o ro","url":"u"})");
}

TEST_F(StorageTest, SecretWithoutKeysIsWaitedForAndNotTold) {
  const auto secret = FromText<core::Secret>(R"(metadata { name: "keys" namespace: "ns" }
      data { key: "akSecret" value: "hush" })");
  StorageSource source = From(kOss, {{"bucket", "b"}});
  source.secret = &secret;

  const Planned<Storage> storage = MakeStorage("v", source, weakened_);

  ASSERT_FALSE(storage);
  EXPECT_EQ(storage.error().kind, NotNow::Kind::kWaiting);
  EXPECT_THAT(storage.error().notice.message, HasSubstr("akId and akSecret in Secret ns/keys"));
  EXPECT_THAT(storage.error().notice.message, Not(HasSubstr("hush")));
}

TEST_F(StorageTest, TemporaryKeyIsRefused) {
  const auto secret = FromText<core::Secret>(R"(metadata { name: "keys" }
      data { key: "AccessKeyId" value: "id" } data { key: "AccessKeySecret" value: "s" }
      data { key: "SecurityToken" value: "t" })");
  StorageSource source = From(kOss, {{"bucket", "b"}});
  source.secret = &secret;

  EXPECT_THAT(Refusal(source), HasSubstr("temporary key in secret \"keys\""));
}

TEST_F(StorageTest, NfsVolumeIsTheCloudsOwn) {
  StorageSource source = From(std::string(kNfs), {{"server", "nas.example"}, {"path", "/text"}});
  source.mount_options = {"ro", "noatime"};

  const Storage storage = Make(source);

  EXPECT_EQ(storage.volume.type(), "NFSVolume");
  EXPECT_EQ(storage.volume.nfs_volume().server(), "nas.example");
  EXPECT_TRUE(storage.volume.nfs_volume().read_only());
  EXPECT_TRUE(storage.read_only);
  ASSERT_THAT(weakened_, SizeIs(1));
  EXPECT_EQ(weakened_[0].path, "mount options noatime of PersistentVolume \"pv\"");
}

TEST_F(StorageTest, OtherDriverIsRefusedByName) {
  EXPECT_THAT(Refusal(From("ebs.csi.example.com")),
              HasSubstr("driver ebs.csi.example.com of PersistentVolume \"pv\""));
}

}  // namespace
}  // namespace vk::translate
