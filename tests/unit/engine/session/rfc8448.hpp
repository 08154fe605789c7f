// What two ends of a real connection derived and sent: RFC 8448, 3. Facts of that page, in hexadecimal.
#pragma once

#include <string_view>

namespace ringwire::session::rfc8448 {

// {client,server}_application_traffic_secret_0, and what comes of them.
inline constexpr std::string_view kClientSecret =
    "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5";
inline constexpr std::string_view kClientKey = "17422dda596ed5d9acd890e3c63f5051";
inline constexpr std::string_view kClientIv = "5b78923dee08579033e523d9";
inline constexpr std::string_view kServerSecret =
    "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643";
inline constexpr std::string_view kServerKey = "9f02283b6c9c07efc26bb9f2ac92e356";
inline constexpr std::string_view kServerIv = "cf782b88dd83549aadf1e984";

// The bytes 0 to 49, and close_notify, as each end sealed them.
inline constexpr std::string_view kClientData =
    "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62974e1f"
    "5a6292a2977014bd1e3deae63aeebb21694915e4";
inline constexpr std::string_view kClientClose = "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3";
inline constexpr std::string_view kServerData =
    "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb501a59a8fcc49c4b"
    "f2e5f0a21c0047c2abf332540dd032e167c2955d";
inline constexpr std::string_view kServerClose = "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9";

// The server's first record: a NewSessionTicket.
inline constexpr std::string_view kServerTicket =
    "17030300de3a6b8f90414a97d6959c3487680de5134a2b240e6cffac116e95d41d6af8f6b580dcf3d11d63c758db289a01594025"
    "2f55713e061dc13e078891a38efbcf5753ad8ef170ad3c7353d16d9da773b9ca7f2b9fa1b6c0d4a3d03f75e09c30ba1e62972ac4"
    "6f75f7b981be63439b2999ce13064615139891d5e4c5b406f16e3fc181a77ca475840025db2f0a77f81b5ab05b94c01346755f69"
    "232c86519d86cbeeac87aac347d143f9605d64f650db4d023e70e952ca49fe5137121c74bc2697687e248746d6df353005f3bce1"
    "8696129c8153556b3b6c6779b37bf15985684f";

}  // namespace ringwire::session::rfc8448
