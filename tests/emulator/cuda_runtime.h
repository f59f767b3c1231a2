// Stands in for the toolkit's cuda_runtime.h where kernels are compiled with g++. See README.md.
#pragma once
#include "language.h"
#include "runtime.h"
