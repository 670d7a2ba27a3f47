import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Validates PDFs against the flavour they are named with: prints "FILE compliant" or one line for each failed assertion. */
public class Validate {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.fromString(arguments[0]);
        for (int i = 1; i < arguments.length; i++) {
            try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(arguments[i]), flavour)) {
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, 20, false, false, false);
                ValidationResult result = validator.validate(parser);
                if (result.isCompliant()) {
                    System.out.println(arguments[i] + " compliant");
                }
                for (TestAssertion each : result.getTestAssertions()) {
                    System.out.println(arguments[i] + " " + each.getRuleId().getClause() + " " + each.getMessage());
                }
            }
        }
    }
}
