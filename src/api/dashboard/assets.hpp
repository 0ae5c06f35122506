// What the dashboard's page is made of: web/dist, which the build embeds (tools/embed_web makes the
// definition).
#pragma once

#include <span>
#include <string_view>

namespace kgw {

struct DashboardAsset {
  std::string_view name;  // below assets/; "index.html" is the page
  std::string_view content_type;
  std::string_view etag;  // of the bytes, with its quotes
  std::string_view bytes;
  std::string_view gzipped;  // empty: it would not be smaller
};

std::span<const DashboardAsset> dashboard_assets();  // by name

}  // namespace kgw
