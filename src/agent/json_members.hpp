// What the agent's files know by this name; both ends need it.
#pragma once

#include "wire/json_members.hpp"  // IWYU pragma: export
