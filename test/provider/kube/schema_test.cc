// proto/kubernetes against objects that Go's own types encoded; see test/data/kubernetes/README.md.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/proto_json/json_value.h"
#include "proto/kubernetes/authentication/v1/authentication.pb.h"
#include "proto/kubernetes/authorization/v1/authorization.pb.h"
#include "proto/kubernetes/certificates/v1/certificates.pb.h"
#include "proto/kubernetes/coordination/v1/lease.pb.h"
#include "proto/kubernetes/core/v1/config.pb.h"
#include "proto/kubernetes/core/v1/event.pb.h"
#include "proto/kubernetes/core/v1/node.pb.h"
#include "proto/kubernetes/core/v1/persistent_volume.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "proto/kubernetes/core/v1/service.pb.h"
#include "proto/kubernetes/core/v1/volume_claim.pb.h"
#include "proto/kubernetes/discovery/v1/endpoint_slice.pb.h"
#include "proto/kubernetes/meta/v1/meta.pb.h"
#include "provider/kube/envelope.h"
#include "provider/kube/object_bytes.h"

namespace vk::kube {
namespace {

using base::JsonNames;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Sample {
  std::string kind;
  const Message& type;
};

std::vector<Sample> Samples() {
  namespace core = k8s::io::api::core::v1;
  namespace meta = k8s::io::apimachinery::pkg::apis::meta::v1;
  return {
      {"pod", core::Pod::default_instance()},
      {"node", core::Node::default_instance()},
      {"event", core::Event::default_instance()},
      {"configmap", core::ConfigMap::default_instance()},
      {"secret", core::Secret::default_instance()},
      {"service", core::Service::default_instance()},
      {"serviceaccount", core::ServiceAccount::default_instance()},
      {"namespace", core::Namespace::default_instance()},
      {"persistentvolume", core::PersistentVolume::default_instance()},
      {"persistentvolumeclaim", core::PersistentVolumeClaim::default_instance()},
      {"lease", k8s::io::api::coordination::v1::Lease::default_instance()},
      {"tokenrequest", k8s::io::api::authentication::v1::TokenRequest::default_instance()},
      {"tokenreview", k8s::io::api::authentication::v1::TokenReview::default_instance()},
      {"subjectaccessreview",
       k8s::io::api::authorization::v1::SubjectAccessReview::default_instance()},
      {"certificatesigningrequest",
       k8s::io::api::certificates::v1::CertificateSigningRequest::default_instance()},
      {"endpointslice", k8s::io::api::discovery::v1::EndpointSlice::default_instance()},
      {"status", meta::Status::default_instance()},
      {"deleteoptions", meta::DeleteOptions::default_instance()},
  };
}

std::string Read(const std::string& name) {
  std::ifstream file("test/data/kubernetes/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Names of messages with unknown fields anywhere below `message`.
void FindUnknown(const Message& message, std::vector<std::string>* found) {
  const auto& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty())
    found->push_back(message.GetTypeName() + " field " +
                     std::to_string(reflection.GetUnknownFields(message).field(0).number()));
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      FindUnknown(reflection.GetMessage(message, field), found);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i)
      FindUnknown(reflection.GetRepeatedMessage(message, field, i), found);
  }
}

// Where two values differ first; empty when they do not.
std::string Difference(const boost::json::value& ours, const boost::json::value& theirs,
                       const std::string& path) {
  if (ours == theirs) return "";
  if (ours.is_object() && theirs.is_object()) {
    for (const auto& [name, value] : theirs.get_object()) {
      const auto* member = ours.get_object().if_contains(name);
      const std::string place = path + "." + std::string(name);
      if (member == nullptr) return place + " is missing";
      if (std::string inner = Difference(*member, value, place); !inner.empty()) return inner;
    }
    return path + " has a member too many";
  }
  if (ours.is_array() && theirs.is_array() && !ours.get_array().empty() &&
      !theirs.get_array().empty())
    return Difference(ours.get_array()[0], theirs.get_array()[0], path + "[0]");
  return path + " is " + boost::json::serialize(ours) + ", not " + boost::json::serialize(theirs);
}

class SchemaTest : public testing::TestWithParam<Sample> {
 protected:
  SchemaTest()
      : bytes_(Unwrap(Read(GetParam().kind + ".pb")).value().object),
        json_(boost::json::parse(Read(GetParam().kind + ".json"))),
        message_(GetParam().type.New()) {
    // kind and apiVersion travel in the envelope.
    json_.as_object().erase("kind");
    json_.as_object().erase("apiVersion");
  }

  std::string bytes_;
  boost::json::value json_;
  std::unique_ptr<Message> message_;
};

TEST_P(SchemaTest, EveryFieldThatGoWritesIsKnown) {
  ASSERT_TRUE(message_->ParseFromString(bytes_));

  std::vector<std::string> unknown;
  FindUnknown(*message_, &unknown);

  EXPECT_THAT(unknown, testing::IsEmpty());
}

TEST_P(SchemaTest, JsonIsWhatGoWrites) {
  ASSERT_TRUE(FromBytes(bytes_, message_.get()));

  const auto written = base::ToJsonValue(*message_, JsonNames::kKubernetes);

  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(Difference(*written, json_, ""), "");
}

TEST_P(SchemaTest, JsonReadsBackToTheSameObject) {
  ASSERT_TRUE(FromBytes(bytes_, message_.get()));
  const std::unique_ptr<Message> read(message_->New());

  const auto stats = base::FromJsonValue(json_, JsonNames::kKubernetes, read.get());

  ASSERT_TRUE(stats) << stats.error().message;
  EXPECT_EQ(base::ToJson(*read, JsonNames::kKubernetes).value(),
            base::ToJson(*message_, JsonNames::kKubernetes).value());
}

INSTANTIATE_TEST_SUITE_P(Kinds, SchemaTest, testing::ValuesIn(Samples()),
                         [](const auto& sample) { return sample.param.kind; });

}  // namespace
}  // namespace vk::kube
