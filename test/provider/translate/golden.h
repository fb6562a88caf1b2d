#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace vk::translate {

// Fills `message` from text protobuf; a fault fails the test.
void ParseText(const std::string& text, google::protobuf::Message* message);

template <class T>
T FromText(const std::string& text) {
  T message;
  ParseText(text, &message);
  return message;
}

// Reads test/data/translate/`name`.textproto.
template <class T>
T FromFile(const std::string& name);

std::string ReadDataFile(const std::string& name);

// Compares `message` as text with test/data/translate/`name`.textproto. On a difference the test
// fails, prints both and where the new text was written, to be looked at and copied.
void ExpectGolden(const google::protobuf::Message& message, const std::string& name);

template <class T>
T FromFile(const std::string& name) {
  return FromText<T>(ReadDataFile(name));
}

}  // namespace vk::translate
