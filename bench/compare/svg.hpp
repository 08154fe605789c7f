// The few elements of SVG that a plot is made of. Coordinates are pixels from the top left.
#pragma once

#include <string>

namespace ringwire::compare {

// Text that may stand in an element or an attribute.
std::string escaped(const std::string& text);

// `attributes` as they stand in the element: `class="note"`. `text` is escaped here.
std::string text_at(double x, double y, const std::string& attributes, const std::string& text);
std::string line(double x1, double y1, double x2, double y2, const std::string& attributes);

}  // namespace ringwire::compare
