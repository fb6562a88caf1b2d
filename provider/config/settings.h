#pragma once

#include <span>
#include <string>
#include <string_view>

#include "provider/config/options.h"

namespace vk::config {

// One thing that can be set: how it is called in the three places it may come from, and how its
// text becomes a value.
struct Setting {
  std::string_view flag;  // "--node-name"; its name without dashes is the key in the file. Empty:
                          // no flag (secrets).
  std::string_view file_key;     // "node-name".
  std::string_view environment;  // "ECI_REGION"; empty: none.
  std::string_view unit;         // What --help shows behind the flag, such as "ADDR:PORT".
  std::string_view default_text;
  std::string_view help;
  bool required = false;
  bool is_switch = false;  // A flag without a value.
  // Stores `text`; returns what is wrong with it, or an empty string.
  std::string (*store)(const std::string& text, Options* options);
  bool repeats = false;  // A flag that may be given several times; its values become one list.
};

// All settings, in the order --help shows them.
std::span<const Setting> Settings();

}  // namespace vk::config
