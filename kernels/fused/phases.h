// A training step cut so that its blocks exchange results only four times. Phases are functions of a block; the kernels
// that call them, the four of kernels.h or a persistent one, give them their place and their shared memory.
//
//   A  F1 over a block of pixels                      z1 by block ->  B
//   B  F2, F3 for two rows                            h3          ->  C
//   C  F4, loss, dX4 for 16 rows × a block of pixels  da3 by block -> D
//   D  dX3, dX2 for two rows                          dz1         ->  E
//   E  dW1 and Adam of the weights that A reads next: no exchange, the same block has them
//
// dW4 can run beside D, dW3 and dW2 beside E and A: the weights they give are read in C and B of the next step.
//
// The cut follows from the two large layers: both have pixels on one side, so both are cut along the pixels, and their
// products *over* pixels (F1, dX4) are partial sums that the owner of a row adds. Between them lie two small layers, 64
// KB of weights, which the owners of rows can afford to read whole.
//
// Precision: the large products, and all dW, multiply fp32 values split into two halves on tensor cores (half.h,
// tile.h); the two small layers are fp32 throughout. Nothing is added atomically; every sum has one order.
#pragma once
#include "fused/first_layer.h"
#include "fused/last_layer.h"
#include "fused/middle_layers.h"
#include "fused/update.h"
