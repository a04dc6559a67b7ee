"""The 63 enumerations of nexo Retailer 3.1.

Every one may be extended (`prefix:Value`), so struct fields are plain `str` and an unknown value
survives; these constants are what to compare with.
"""

from __future__ import annotations

from enum import StrEnum


class AccountType(StrEnum):
    DEFAULT = "Default"
    SAVINGS = "Savings"
    CHECKING = "Checking"
    CREDIT_CARD = "CreditCard"
    UNIVERSAL = "Universal"
    INVESTMENT = "Investment"
    CARD_TOTALS = "CardTotals"
    EPURSE_CARD = "EpurseCard"


class Algorithm(StrEnum):
    ID_RETAIL_CBC_MAC = "id-retail-cbc-mac"
    ID_RETAIL_CBC_MAC_SHA_256 = "id-retail-cbc-mac-sha-256"
    ID_UKPT_WRAP = "id-ukpt-wrap"
    ID_DUKPT_WRAP = "id-dukpt-wrap"
    DES_EDE3_ECB = "des-ede3-ecb"
    DES_EDE3_CBC = "des-ede3-cbc"
    ID_SHA256 = "id-sha256"
    SHA256WITH_RSA_ENCRYPTION = "sha256WithRSAEncryption"
    RSA_ENCRYPTION = "rsaEncryption"


class Alignment(StrEnum):
    LEFT = "Left"
    RIGHT = "Right"
    CENTRED = "Centred"
    JUSTIFIED = "Justified"


class AttributeType(StrEnum):
    ID_AT_COMMON_NAME = "id-at-commonName"
    ID_AT_LOCALITY_NAME = "id-at-localityName"
    ID_AT_ORGANIZATION_NAME = "id-at-organizationName"
    ID_AT_ORGANIZATIONAL_UNIT_NAME = "id-at-organizationalUnitName"
    ID_AT_COUNTRY_NAME = "id-at-countryName"


class AuthenticationMethod(StrEnum):
    BYPASS = "Bypass"
    MANUAL_VERIFICATION = "ManualVerification"
    MERCHANT_AUTHENTICATION = "MerchantAuthentication"
    OFFLINE_PIN = "OfflinePIN"
    ON_LINE_PIN = "OnLinePIN"
    PAPER_SIGNATURE = "PaperSignature"
    SECURED_CHANNEL = "SecuredChannel"
    SECURE_CERTIFICATE = "SecureCertificate"
    SECURE_NO_CERTIFICATE = "SecureNoCertificate"
    SIGNATURE_CAPTURE = "SignatureCapture"
    UNKNOWN_METHOD = "UnknownMethod"


class BarcodeType(StrEnum):
    EAN8 = "EAN8"
    EAN13 = "EAN13"
    UPCA = "UPCA"
    CODE25 = "Code25"
    CODE128 = "Code128"
    PDF417 = "PDF417"
    QRCODE = "QRCODE"


class CharacterHeight(StrEnum):
    SINGLE_HEIGHT = "SingleHeight"
    DOUBLE_HEIGHT = "DoubleHeight"
    HALF_HEIGHT = "HalfHeight"


class CharacterStyle(StrEnum):
    NORMAL = "Normal"
    BOLD = "Bold"
    ITALIC = "Italic"
    UNDERLINED = "Underlined"


class CharacterWidth(StrEnum):
    SINGLE_WIDTH = "SingleWidth"
    DOUBLE_WIDTH = "DoubleWidth"


class CheckTypeCode(StrEnum):
    PERSONAL = "Personal"
    COMPANY = "Company"


class Color(StrEnum):
    WHITE = "White"
    BLACK = "Black"
    RED = "Red"
    GREEN = "Green"
    BLUE = "Blue"
    YELLOW = "Yellow"
    MAGENTA = "Magenta"
    CYAN = "Cyan"


class ContentType(StrEnum):
    ID_DATA = "id-data"
    ID_SIGNED_DATA = "id-signedData"
    ID_ENVELOPED_DATA = "id-envelopedData"
    ID_DIGESTED_DATA = "id-digestedData"
    ID_ENCRYPTED_DATA = "id-encryptedData"
    ID_CT_AUTH_DATA = "id-ct-authData"


class CustomerOrderReq(StrEnum):
    OPEN = "Open"
    CLOSED = "Closed"
    BOTH = "Both"


class Device(StrEnum):
    CASHIER_DISPLAY = "CashierDisplay"
    CUSTOMER_DISPLAY = "CustomerDisplay"
    CASHIER_INPUT = "CashierInput"
    CUSTOMER_INPUT = "CustomerInput"


class DocumentQualifier(StrEnum):
    SALE_RECEIPT = "SaleReceipt"
    CASHIER_RECEIPT = "CashierReceipt"
    CUSTOMER_RECEIPT = "CustomerReceipt"
    DOCUMENT = "Document"
    VOUCHER = "Voucher"
    JOURNAL = "Journal"


class EntryMode(StrEnum):
    RFID = "RFID"
    KEYED = "Keyed"
    MANUAL = "Manual"
    FILE = "File"
    SCANNED = "Scanned"
    MAG_STRIPE = "MagStripe"
    ICC = "ICC"
    SYNCHRONOUS_ICC = "SynchronousICC"
    TAPPED = "Tapped"
    CONTACTLESS = "Contactless"
    MOBILE = "Mobile"


class ErrorCondition(StrEnum):
    ABORTED = "Aborted"
    BUSY = "Busy"
    CANCEL = "Cancel"
    DEVICE_OUT = "DeviceOut"
    INSERTED_CARD = "InsertedCard"
    IN_PROGRESS = "InProgress"
    LOGGED_OUT = "LoggedOut"
    MESSAGE_FORMAT = "MessageFormat"
    NOT_ALLOWED = "NotAllowed"
    NOT_FOUND = "NotFound"
    PAYMENT_RESTRICTION = "PaymentRestriction"
    REFUSAL = "Refusal"
    UNAVAILABLE_DEVICE = "UnavailableDevice"
    UNAVAILABLE_SERVICE = "UnavailableService"
    INVALID_CARD = "InvalidCard"
    UNREACHABLE_HOST = "UnreachableHost"
    WRONG_PIN = "WrongPIN"


class EventToNotify(StrEnum):
    BEGIN_MAINTENANCE = "BeginMaintenance"
    END_MAINTENANCE = "EndMaintenance"
    SHUTDOWN = "Shutdown"
    INITIALISED = "Initialised"
    OUT_OF_ORDER = "OutOfOrder"
    COMPLETED = "Completed"
    ABORT = "Abort"
    SALE_WAKE_UP = "SaleWakeUp"
    SALE_ADMIN = "SaleAdmin"
    CUSTOMER_LANGUAGE = "CustomerLanguage"
    KEY_PRESSED = "KeyPressed"
    SECURITY_ALARM = "SecurityAlarm"
    STOP_ASSISTANCE = "StopAssistance"
    CARD_INSERTED = "CardInserted"
    CARD_REMOVED = "CardRemoved"
    REJECT = "Reject"


class ForceEntryMode(StrEnum):
    RFID = "RFID"
    KEYED = "Keyed"
    MANUAL = "Manual"
    FILE = "File"
    SCANNED = "Scanned"
    MAG_STRIPE = "MagStripe"
    ICC = "ICC"
    SYNCHRONOUS_ICC = "SynchronousICC"
    TAPPED = "Tapped"
    CONTACTLESS = "Contactless"
    CHECK_READER = "CheckReader"


class GenericProfile(StrEnum):
    BASIC = "Basic"
    STANDARD = "Standard"
    EXTENDED = "Extended"


class GlobalStatus(StrEnum):
    OK = "OK"
    BUSY = "Busy"
    MAINTENANCE = "Maintenance"
    UNREACHABLE = "Unreachable"


class IdentificationSupport(StrEnum):
    NO_CARD = "NoCard"
    LOYALTY_CARD = "LoyaltyCard"
    HYBRID_CARD = "HybridCard"
    LINKED_CARD = "LinkedCard"


class IdentificationType(StrEnum):
    PAN = "PAN"
    ISO_TRACK2 = "ISOTrack2"
    BAR_CODE = "BarCode"
    ACCOUNT_NUMBER = "AccountNumber"
    PHONE_NUMBER = "PhoneNumber"


class InfoQualify(StrEnum):
    STATUS = "Status"
    ERROR = "Error"
    DISPLAY = "Display"
    SOUND = "Sound"
    INPUT = "Input"
    POI_REPLICATION = "POIReplication"
    CUSTOMER_ASSISTANCE = "CustomerAssistance"
    RECEIPT = "Receipt"
    DOCUMENT = "Document"
    VOUCHER = "Voucher"


class InputCommand(StrEnum):
    GET_ANY_KEY = "GetAnyKey"
    GET_CONFIRMATION = "GetConfirmation"
    SITE_MANAGER = "SiteManager"
    TEXT_STRING = "TextString"
    DIGIT_STRING = "DigitString"
    DECIMAL_STRING = "DecimalString"
    GET_FUNCTION_KEY = "GetFunctionKey"
    GET_MENU_ENTRY = "GetMenuEntry"
    PASSWORD = "Password"  # noqa: S105 the name of a command


class InstalmentType(StrEnum):
    DEFERRED_INSTALMENTS = "DeferredInstalments"
    EQUAL_INSTALMENTS = "EqualInstalments"
    INEQUAL_INSTALMENTS = "InequalInstalments"


class LoyaltyHandling(StrEnum):
    FORBIDDEN = "Forbidden"
    PROCESSED = "Processed"
    ALLOWED = "Allowed"
    PROPOSED = "Proposed"
    REQUIRED = "Required"


class LoyaltyTransactionType(StrEnum):
    AWARD = "Award"
    REBATE = "Rebate"
    REDEMPTION = "Redemption"
    AWARD_REFUND = "AwardRefund"
    REBATE_REFUND = "RebateRefund"
    REDEMPTION_REFUND = "RedemptionRefund"


class LoyaltyUnit(StrEnum):
    POINT = "Point"
    MONETARY = "Monetary"


class MenuEntryTag(StrEnum):
    SELECTABLE = "Selectable"
    NON_SELECTABLE = "NonSelectable"
    SUB_MENU = "SubMenu"
    NON_SELECTABLE_SUB_MENU = "NonSelectableSubMenu"


class MessageCategory(StrEnum):
    ABORT = "Abort"
    ADMIN = "Admin"
    BALANCE_INQUIRY = "BalanceInquiry"
    BATCH = "Batch"
    CARD_ACQUISITION = "CardAcquisition"
    CARD_READER_APDU = "CardReaderAPDU"
    CARD_READER_INIT = "CardReaderInit"
    CARD_READER_POWER_OFF = "CardReaderPowerOff"
    DIAGNOSIS = "Diagnosis"
    DISPLAY = "Display"
    ENABLE_SERVICE = "EnableService"
    EVENT = "Event"
    GET_TOTALS = "GetTotals"
    INPUT = "Input"
    INPUT_UPDATE = "InputUpdate"
    LOGIN = "Login"
    LOGOUT = "Logout"
    LOYALTY = "Loyalty"
    PAYMENT = "Payment"
    PIN = "PIN"
    PRINT = "Print"
    RECONCILIATION = "Reconciliation"
    REVERSAL = "Reversal"
    SOUND = "Sound"
    STORED_VALUE = "StoredValue"
    TRANSACTION_STATUS = "TransactionStatus"
    TRANSMIT = "Transmit"
    TRANSACTION_REPORT = "TransactionReport"  # missing in the published list


class MessageClass(StrEnum):
    SERVICE = "Service"
    DEVICE = "Device"
    EVENT = "Event"


class MessageType(StrEnum):
    REQUEST = "Request"
    RESPONSE = "Response"
    NOTIFICATION = "Notification"


class Operator(StrEnum):
    EQ = "EQ"
    LE = "LE"
    LT = "LT"
    GE = "GE"
    GT = "GT"


class OutputFormat(StrEnum):
    MESSAGE_REF = "MessageRef"
    TEXT = "Text"
    XHTML = "XHTML"
    BAR_CODE = "BarCode"


class PINFormat(StrEnum):
    ISO0 = "ISO0"
    ISO1 = "ISO1"
    ISO2 = "ISO2"
    ISO3 = "ISO3"


class PINRequestType(StrEnum):
    PIN_VERIFY = "PINVerify"
    PIN_VERIFY_ONLY = "PINVerifyOnly"
    PIN_ENTER = "PINEnter"


class POICapabilities(StrEnum):
    CASHIER_DISPLAY = "CashierDisplay"
    CASHIER_ERROR = "CashierError"
    CASHIER_INPUT = "CashierInput"
    CUSTOMER_DISPLAY = "CustomerDisplay"
    CUSTOMER_ERROR = "CustomerError"
    CUSTOMER_INPUT = "CustomerInput"
    PRINTER_RECEIPT = "PrinterReceipt"
    PRINTER_DOCUMENT = "PrinterDocument"
    PRINTER_VOUCHER = "PrinterVoucher"
    MAG_STRIPE = "MagStripe"
    ICC = "ICC"
    EMV_CONTACTLESS = "EMVContactless"
    CASH_HANDLING = "CashHandling"


class PaymentInstrumentType(StrEnum):
    CARD = "Card"
    CHECK = "Check"
    MOBILE = "Mobile"
    STORED_VALUE = "StoredValue"
    CASH = "Cash"


class PaymentType(StrEnum):
    NORMAL = "Normal"
    REFUND = "Refund"
    ONE_TIME_RESERVATION = "OneTimeReservation"
    FIRST_RESERVATION = "FirstReservation"
    UPDATE_RESERVATION = "UpdateReservation"
    COMPLETION = "Completion"
    CASH_ADVANCE = "CashAdvance"
    CASH_DEPOSIT = "CashDeposit"
    RECURRING = "Recurring"
    INSTALMENT = "Instalment"
    ISSUER_INSTALMENT = "IssuerInstalment"
    PAID_OUT = "PaidOut"
    VOICE_AUTHORISATION = "VoiceAuthorisation"


class PeriodUnit(StrEnum):
    DAILY = "Daily"
    WEEKLY = "Weekly"
    MONTHLY = "Monthly"
    ANNUAL = "Annual"


class PrinterStatus(StrEnum):
    OK = "OK"
    PAPER_LOW = "PaperLow"
    NO_PAPER = "NoPaper"
    PAPER_JAM = "PaperJam"
    OUT_OF_ORDER = "OutOfOrder"


class QRCodeEncodingMode(StrEnum):
    NUMERIC = "Numeric"
    ALPHANUMERIC = "Alphanumeric"
    BINARY = "Binary"
    KANJI = "Kanji"


class QRCodeErrorCorrection(StrEnum):
    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


class ReconciliationType(StrEnum):
    SALE_RECONCILIATION = "SaleReconciliation"
    ACQUIRER_SYNCHRONISATION = "AcquirerSynchronisation"
    ACQUIRER_RECONCILIATION = "AcquirerReconciliation"
    PREVIOUS_RECONCILIATION = "PreviousReconciliation"


class ResponseMode(StrEnum):
    NOT_REQUIRED = "NotRequired"
    IMMEDIATE = "Immediate"
    PRINT_END = "PrintEnd"
    SOUND_END = "SoundEnd"


class Result(StrEnum):
    SUCCESS = "Success"
    FAILURE = "Failure"
    PARTIAL = "Partial"


class ReversalReason(StrEnum):
    CUST_CANCEL = "CustCancel"
    MERCHANT_CANCEL = "MerchantCancel"
    MALFUNCTION = "Malfunction"
    UNABLE2COMPL = "Unable2Compl"


class SaleCapabilities(StrEnum):
    CASHIER_STATUS = "CashierStatus"
    CASHIER_ERROR = "CashierError"
    CASHIER_DISPLAY = "CashierDisplay"
    POI_REPLICATION = "POIReplication"
    CASHIER_INPUT = "CashierInput"
    CUSTOMER_ASSISTANCE = "CustomerAssistance"
    CUSTOMER_DISPLAY = "CustomerDisplay"
    CUSTOMER_ERROR = "CustomerError"
    CUSTOMER_INPUT = "CustomerInput"
    PRINTER_RECEIPT = "PrinterReceipt"
    PRINTER_DOCUMENT = "PrinterDocument"
    PRINTER_VOUCHER = "PrinterVoucher"
    MAG_STRIPE = "MagStripe"
    ICC = "ICC"
    EMV_CONTACTLESS = "EMVContactless"


class ServiceProfiles(StrEnum):
    SYNCHRO = "Synchro"
    BATCH = "Batch"
    ONE_TIME_RES = "OneTimeRes"
    RESERVATION = "Reservation"
    LOYALTY = "Loyalty"
    STORED_VALUE = "StoredValue"
    PIN = "PIN"
    CARD_READER = "CardReader"
    SOUND = "Sound"
    COMMUNICATION = "Communication"


class ServicesEnabled(StrEnum):
    CARD_ACQUISITION = "CardAcquisition"
    PAYMENT = "Payment"
    LOYALTY = "Loyalty"


class SoundAction(StrEnum):
    START_SOUND = "StartSound"
    STOP_SOUND = "StopSound"
    SET_DEFAULT_VOLUME = "SetDefaultVolume"


class SoundFormat(StrEnum):
    SOUND_REF = "SoundRef"
    MESSAGE_REF = "MessageRef"
    TEXT = "Text"


class StoredValueAccountType(StrEnum):
    GIFT_CARD = "GiftCard"
    PHONE_CARD = "PhoneCard"
    OTHER = "Other"


class StoredValueTransactionType(StrEnum):
    RESERVE = "Reserve"
    ACTIVATE = "Activate"
    LOAD = "Load"
    UNLOAD = "Unload"
    REVERSE = "Reverse"
    DUPLICATE = "Duplicate"


class TerminalEnvironment(StrEnum):
    ATTENDED = "Attended"
    SEMI_ATTENDED = "SemiAttended"
    UNATTENDED = "Unattended"


class TokenRequestedType(StrEnum):
    TRANSACTION = "Transaction"
    CUSTOMER = "Customer"


class TotalDetails(StrEnum):
    POIID = "POIID"
    SALE_ID = "SaleID"
    OPERATOR_ID = "OperatorID"
    SHIFT_NUMBER = "ShiftNumber"
    TOTALS_GROUP_ID = "TotalsGroupID"


class TrackFormat(StrEnum):
    ISO = "ISO"
    JIS_I = "JIS-I"
    JIS_II = "JIS-II"
    AAMVA = "AAMVA"
    CMC_7 = "CMC-7"
    E_13B = "E-13B"


class TransactionAction(StrEnum):
    START_TRANSACTION = "StartTransaction"
    ABORT_TRANSACTION = "AbortTransaction"


class TransactionType(StrEnum):
    DEBIT = "Debit"
    CREDIT = "Credit"
    REVERSE_DEBIT = "ReverseDebit"
    REVERSE_CREDIT = "ReverseCredit"
    ONE_TIME_RESERVATION = "OneTimeReservation"
    COMPLETED_DEFFERED = "CompletedDeffered"
    FIRST_RESERVATION = "FirstReservation"
    UPDATE_RESERVATION = "UpdateReservation"
    COMPLETED_RESERVATION = "CompletedReservation"
    CASH_ADVANCE = "CashAdvance"
    ISSUER_INSTALMENT = "IssuerInstalment"
    DECLINED = "Declined"
    FAILED = "Failed"
    AWARD = "Award"
    REVERSE_AWARD = "ReverseAward"
    REDEMPTION = "Redemption"
    REVERSE_REDEMPTION = "ReverseRedemption"
    REBATE = "Rebate"
    REVERSE_REBATE = "ReverseRebate"


class UnitOfMeasure(StrEnum):
    CASE = "Case"
    FOOT = "Foot"
    UK_GALLON = "UKGallon"
    US_GALLON = "USGallon"
    GRAM = "Gram"
    INCH = "Inch"
    KILOGRAM = "Kilogram"
    POUND = "Pound"
    METER = "Meter"
    CENTIMETRE = "Centimetre"
    LITRE = "Litre"
    CENTILITRE = "Centilitre"
    OUNCE = "Ounce"
    QUART = "Quart"
    PINT = "Pint"
    MILE = "Mile"
    KILOMETRE = "Kilometre"
    YARD = "Yard"
    OTHER = "Other"


class CMSVersion(StrEnum):
    V0 = "v0"
    V1 = "v1"
    V2 = "v2"
    V3 = "v3"
    V4 = "v4"
    V5 = "v5"
