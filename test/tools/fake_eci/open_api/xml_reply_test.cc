#include <gmock/gmock.h>

#include "eci_client/reply_error.h"
#include "test/tools/fake_eci/server_fixture.h"

namespace vk::fake {
namespace {

using eci::SignatureVersion;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class XmlReplyTest : public FakeServerTest {
 protected:
  base::HttpResponse SendFormat(const std::string& format, const std::string& action,
                                SignatureVersion signature = SignatureVersion::kV3) {
    return Send({.action = action, .parameters = {{"Format", format}}, .signature = signature});
  }

  static std::string ContentType(const base::HttpResponse& response) {
    return std::string(base::FindHeader(response.headers, "Content-Type"));
  }
};

TEST_F(XmlReplyTest, ReplyIsADocumentOfTheActionsName) {
  const base::HttpResponse reply = SendFormat("XML", "DescribeRegions");

  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(ContentType(reply), "text/xml;charset=utf-8");
  EXPECT_THAT(reply.body, StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                                     "<DescribeRegionsResponse><RequestId>"));
  EXPECT_THAT(reply.body, HasSubstr("<Regions><RegionId>cn-hangzhou</RegionId>"));
}

TEST_F(XmlReplyTest, FormatIsReadInAnyCaseFromQueryAndForm) {
  const base::HttpResponse lower = SendFormat("xml", "DescribeRegions");
  const base::HttpResponse in_form = Send({.action = "DescribeRegions",
                                           .parameters = {{"Format", "XML"}},
                                           .placement = eci::UnsignedCall::Placement::kForm});

  EXPECT_EQ(ContentType(lower), "text/xml;charset=utf-8");
  EXPECT_EQ(ContentType(in_form), "text/xml;charset=utf-8");
}

TEST_F(XmlReplyTest, ErrorHasTheSameMembersUnderRootError) {
  const base::HttpResponse refused = SendFormat("XML", "CreateContainerGroup");

  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(ContentType(refused), "text/xml;charset=utf-8");
  EXPECT_THAT(refused.body, HasSubstr("?><Error><RequestId>"));
  EXPECT_THAT(refused.body, HasSubstr("<HostId>127.0.0.1:"));
  EXPECT_THAT(refused.body, HasSubstr("<Code>MissingParameter</Code><Message>"));
  EXPECT_THAT(refused.body, HasSubstr("<Recommend>https://"));
  EXPECT_THAT(refused.body, EndsWith("</Error>"));
  EXPECT_EQ(eci::ErrorFromReply(refused).cloud_code, "MissingParameter");
}

TEST_F(XmlReplyTest, WrongKeyIsRefusedInXmlToo) {
  const base::HttpResponse refused =
      Send({.action = "DescribeRegions", .parameters = {{"Format", "XML"}}, .secret = "other"});

  EXPECT_THAT(refused.body, HasSubstr("<Code>SignatureDoesNotMatch</Code>"));
}

TEST_F(XmlReplyTest, WithoutFormatTheSignatureVersionDecides) {
  base::HttpRequest v1 = {.method = "GET", .target = "/?Action=DescribeRegions&Signature=x"};
  base::HttpRequest v3 = Sign({.action = "DescribeRegions"});

  EXPECT_EQ(ContentType(Send(v1)), "text/xml;charset=utf-8");
  EXPECT_EQ(ContentType(Send(v3)), "application/json;charset=utf-8");
}

}  // namespace
}  // namespace vk::fake
