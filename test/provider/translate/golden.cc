#include "test/provider/translate/golden.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace vk::translate {
namespace {

std::string PathOf(const std::string& name) { return "test/data/translate/" + name + ".textproto"; }

std::string ToText(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseShortRepeatedPrimitives(true);
  printer.PrintToString(message, &text);
  return text;
}

}  // namespace

void ParseText(const std::string& text, google::protobuf::Message* message) {
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message)) << text;
}

std::string ReadDataFile(const std::string& name) {
  std::ifstream file(PathOf(name));
  EXPECT_TRUE(file) << PathOf(name) << " is missing";
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void ExpectGolden(const google::protobuf::Message& message, const std::string& name) {
  const std::string actual = ToText(message);
  const std::string expected = ReadDataFile(name);
  if (actual == expected) return;
  const std::string copy = testing::TempDir() + name + ".textproto";
  std::ofstream(copy) << actual;
  EXPECT_EQ(actual, expected) << "if the change is meant: cp " << copy << " " << PathOf(name);
}

}  // namespace vk::translate
