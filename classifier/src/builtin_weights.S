// The trained weights as part of the library, so that the program needs no file to classify.
    .section .rodata
    .balign 16
    .global foray_builtin_weights_begin
    .global foray_builtin_weights_end
foray_builtin_weights_begin:
    .incbin FORAY_BUILTIN_WEIGHTS
foray_builtin_weights_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
