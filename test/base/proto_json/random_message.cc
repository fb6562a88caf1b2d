#include "test/base/proto_json/random_message.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/proto_json/field_value.h"
#include "proto/wire/v1/options.pb.h"

namespace vk::base {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

using Engine = std::mt19937_64;

std::uint64_t Below(Engine& engine, std::uint64_t bound) { return engine() % bound; }

std::string Text(Engine& engine) {
  constexpr std::array<std::string_view, 14> kPieces{
      "a",    "Z", "0", " ",  "\"",  "\\",       "\n",
      "\x01", "+", "%", "&=", "#3#", "\xC3\xA9", "\xF0\x9F\x90\xB3"};
  std::string text;
  for (std::uint64_t left = Below(engine, 6); left > 0; --left) {
    text += kPieces[Below(engine, kPieces.size())];
  }
  return text;
}

template <class Integer>
Integer Whole(Engine& engine) {
  using Limits = std::numeric_limits<Integer>;
  const std::array<Integer, 5> extremes{0, 1, static_cast<Integer>(-1), Limits::min(),
                                        Limits::max()};
  const auto pick = Below(engine, extremes.size() + 2);
  return pick < extremes.size() ? extremes[pick] : static_cast<Integer>(engine());
}

// A short decimal as people write it, or any bits that make a finite number.
template <class Number, class Bits>
Number Real(Engine& engine) {
  if (Below(engine, 2) == 0) {
    return static_cast<Number>(static_cast<double>(Below(engine, 100'000)) / 1000);
  }
  for (;;) {
    const auto number = std::bit_cast<Number>(static_cast<Bits>(engine()));
    if (std::isfinite(number)) return number;
  }
}

FieldValue Scalar(Engine& engine, const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return Below(engine, 2) == 1;
    case FieldDescriptor::CPPTYPE_INT32:
      return Whole<std::int32_t>(engine);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Whole<std::uint32_t>(engine);
    case FieldDescriptor::CPPTYPE_INT64:
      return Whole<std::int64_t>(engine);
    case FieldDescriptor::CPPTYPE_UINT64:
      return Whole<std::uint64_t>(engine);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Real<float, std::uint32_t>(engine);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Real<double, std::uint64_t>(engine);
    default:
      return Text(engine);
  }
}

bool IsScalar(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
}

// Messages with option `scalar` hold what their text can.
bool FillScalarMessage(Engine& engine, Message* message) {
  const auto& type = *message->GetDescriptor();
  const auto put = [&](int number, FieldValue value) {
    PutField(message, *type.FindFieldByNumber(number), std::move(value));
  };
  const auto random = static_cast<std::int32_t>(Below(engine, 1'000'000));
  switch (type.options().GetExtension(wire::v1::scalar)) {
    case wire::v1::NOT_SCALAR:
      return false;
    case wire::v1::MICRO_TIME:
      put(2, random * 1000);
      [[fallthrough]];
    case wire::v1::TIME:
      put(1, static_cast<std::int64_t>(random) * 4000 + 1);
      break;
    case wire::v1::QUANTITY:
      put(1, std::to_string(random) + "Mi");
      break;
    case wire::v1::INT_OR_STRING:
      put(1, static_cast<std::int64_t>(random % 2));
      random % 2 == 0 ? put(2, random) : put(3, Text(engine));
      break;
    case wire::v1::FIELDS_V1:
      put(1, "{\"f:" + std::to_string(random) + "\":{}}");
      break;
  }
  return true;
}

void FillMessage(Engine& engine, int depth, Message* message);

void FillMap(Engine& engine, int depth, const FieldDescriptor& field, Message* message) {
  const FieldDescriptor& value = *field.message_type()->map_value();
  if (!IsScalar(value) && depth == 0) return;
  // One entry: random keys could be equal, and the later would win.
  Message* entry = message->GetReflection()->AddMessage(message, &field);
  PutField(entry, *field.message_type()->map_key(), Text(engine));
  if (IsScalar(value)) {
    PutField(entry, value, Scalar(engine, value));
  } else {
    FillMessage(engine, depth - 1, entry->GetReflection()->MutableMessage(entry, &value));
  }
}

void FillField(Engine& engine, int depth, const FieldDescriptor& field, Message* message) {
  if (field.is_map()) return FillMap(engine, depth, field, message);
  const auto& reflection = *message->GetReflection();
  for (auto left = field.is_repeated() ? 1 + Below(engine, 3) : 1; left > 0; --left) {
    if (IsScalar(field)) {
      PutField(message, field, Scalar(engine, field));
    } else if (depth > 0) {
      FillMessage(engine, depth - 1,
                  field.is_repeated() ? reflection.AddMessage(message, &field)
                                      : reflection.MutableMessage(message, &field));
    }
  }
}

bool IsEmpty(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return fields.empty();
}

void FillMessage(Engine& engine, int depth, Message* message) {
  if (FillScalarMessage(engine, message)) return;
  const auto& type = *message->GetDescriptor();
  const std::uint64_t rarity = 2 + Below(engine, 8);
  for (int index = 0; index < type.field_count(); ++index) {
    if (Below(engine, rarity) == 0) FillField(engine, depth, *type.field(index), message);
  }
  for (int index = 0; index < type.field_count() && IsEmpty(*message); ++index) {
    FillField(engine, depth, *type.field(index), message);
  }
}

}  // namespace

void RandomMessage::Fill(Message* message, int depth) { FillMessage(engine_, depth, message); }

}  // namespace vk::base
