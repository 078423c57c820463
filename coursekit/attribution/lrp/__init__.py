"""Layer-wise relevance propagation (Bach et al. 2015), in the order in which one reads it.

``lrp``            the method: the score, handed back layer by layer; ``conservation``, where relevance leaks
``rules``          which part of the contributions x w counts, and of the bias: LRP-0, ε, γ, αβ, zᴮ, w²
``rule``           what a rule is: how it shares out relevance, and what becomes of a bias
``composites``     which rule for which layer, and those combinations that have a name
``propagation``    a forward pass in which each layer's backward pass becomes its rule's
``functions``      what is changed on the way back, so that gradients carry relevance: R = x · g
``contributions``  a layer's x w, with batch norm folded in
``preprocessing``  what happens to pixels before the first layer, which leaves their relevance alone
``nodes``          which steps of the graph relevance passes through; the others are refused by name
"""
