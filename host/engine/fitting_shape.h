// The shape of a network for images of a size, from the widths that a person names.
#pragma once
#include <string>

#include "ae/shape.h"

namespace ae {

/// Widths that begin or end with `pixels` are the whole network; otherwise they are those of its hidden layers, and an
/// input and an output of `pixels` are added. Throws UsageError.
Shape fitting_shape(const std::string& layers, int pixels);

/// The network with hidden layers of these widths. Throws UsageError.
Shape shape_around(const std::string& hidden, int pixels);

/// Whether fitting_shape() made the shape from the widths of its hidden layers alone.
bool names_hidden_layers(const std::string& layers, const Shape& shape);

/// Throws UsageError unless `layers` is a list of widths, whatever the images.
void check_layers(const std::string& layers);

}  // namespace ae
